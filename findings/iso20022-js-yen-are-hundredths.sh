#!/usr/bin/env bash
# iso20022.js 0.0.15: every currency has two decimal places. A payment of 50000 in the
# currency's smallest unit is written as 500 for JPY, which has no smaller unit, a hundredth
# of what is owed, and 1500 fils of KWD (1.5 dinars) as 15. When a statement (camt.053) is
# read, 1000 JPY become 100000 and 1.234 KWD 123.4.
# Expected: ISO 20022 (ActiveCurrencyAndAmount): the number of decimals is that of ISO 4217,
# 0 for JPY, 3 for KWD. Amounts are in minor units here: the README's sample, 1000 in USD, is
# written as 10, and what reads statements is named parseAmountToMinorUnits.
# Seen: the XML of createSWIFTCreditPaymentInitiation and the entries of fromXML(). The
# package knows dinero.js 1, whose precision is 2 unless it is told another.
# Way out: hand over the amount times a hundred (JPY) or divided by ten (KWD), as if it had
# two places, and take what is read the same way back.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund iso20022.js@0.0.15 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { CashManagementEndOfDayReport, ISO20022 } from 'iso20022.js';
const agent = { bic: 'CHASUS33', bankAddress: { country: 'US' } };
const iso20022 = new ISO20022({
  initiatingParty: { name: 'Acme', id: 'ACME', account: { accountNumber: '123456789012' }, agent },
});
const creditor = {
  name: 'Jane Smith',
  account: { iban: 'DE02120300000000202051' },
  agent: { bic: 'DEUTDEFF' },
  address: { streetName: 'Main St', townName: 'Town', postalCode: '12345', country: 'DE' },
};
function written(amount, currency) {
  const payment = { type: 'swift', direction: 'credit', amount, currency, creditor };
  return /<InstdAmt .*<\/InstdAmt>/.exec(iso20022.createSWIFTCreditPaymentInitiation([payment]).toString())[0];
}
function read(amount, currency) {
  const time = '<CreDtTm>2026-01-05T00:00:00Z</CreDtTm>';
  return CashManagementEndOfDayReport.fromXML(`<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">
<BkToCstmrStmt><GrpHdr><MsgId>m</MsgId>${time}</GrpHdr><Stmt><Id>s</Id>${time}
<Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Svcr><FinInstnId><BIC>DEUTDEFF</BIC></FinInstnId></Svcr></Acct>
<Ntry><Amt Ccy="${currency}">${amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><Dt>2026-01-05</Dt></BookgDt><BkTxCd><Prtry><Cd>NTRF</Cd></Prtry></BkTxCd></Ntry>
</Stmt></BkToCstmrStmt></Document>`).entries[0].amount;
}
const rows = [
  [written(50000, 'USD'), '<InstdAmt Ccy="USD">500</InstdAmt>'],
  [written(50000, 'JPY'), '<InstdAmt Ccy="JPY">500</InstdAmt>'],
  [written(1500, 'KWD'), '<InstdAmt Ccy="KWD">15</InstdAmt>'],
  [written(50000 * 100, 'JPY'), '<InstdAmt Ccy="JPY">50000</InstdAmt>'],
  [written(1500 / 10, 'KWD'), '<InstdAmt Ccy="KWD">1.5</InstdAmt>'],
  [read('10.00', 'USD'), 1000],
  [read('1000', 'JPY'), 100000],
  [read('1.234', 'KWD'), 123.4],
];
let holds = true;
for (const [got, want] of rows) {
  console.log(got);
  holds &&= got === want;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
