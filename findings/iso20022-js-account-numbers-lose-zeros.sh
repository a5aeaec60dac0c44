#!/usr/bin/env bash
# iso20022.js 0.0.15: identifiers of a camt.053 statement that look like numbers are read as
# numbers: the account 0012345678 becomes "12345678", the reference 0x1F becomes 31, and
# remittance information such as 0004711 becomes the number 4711, for which nothing is found
# in a ledger. Statement and message ids lose their zeros as well.
# Expected: ISO 20022: Max34Text and Max35Text are texts (xs:string), and so are the
# package's own types of them (accountNumber: string, remittanceInformation?: string). The
# package keeps the zeros of Cd and NtryRef, for the reason that its source gives.
# Seen: one entry with such values; letters in an identifier keep it as it is.
# Way out: take these values from the XML with a reader that makes no numbers, such as
# fast-xml-parser with parseTagValue: false (5.10.1 below).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund iso20022.js@0.0.15 fast-xml-parser@5.10.1 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { XMLParser } from 'fast-xml-parser';
import { CashManagementEndOfDayReport } from 'iso20022.js';
const time = '<CreDtTm>2026-01-05T00:00:00Z</CreDtTm>';
const account = (id) => `<Id><Othr><Id>${id}</Id></Othr></Id>`;
const xml = `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">
<BkToCstmrStmt><GrpHdr><MsgId>0001</MsgId>${time}</GrpHdr><Stmt><Id>0042</Id>${time}
<Acct>${account('0012345678')}<Svcr><FinInstnId><BIC>DEUTDEFF</BIC></FinInstnId></Svcr></Acct>
<Ntry><NtryRef>00017</NtryRef><Amt Ccy="EUR">25.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><Dt>2026-01-05</Dt></BookgDt><AcctSvcrRef>0x1F</AcctSvcrRef><BkTxCd><Prtry><Cd>007</Cd></Prtry></BkTxCd>
<NtryDtls><TxDtls><Refs><MsgId>A0001</MsgId></Refs>
<RltdPties><DbtrAcct>${account('0000099')}</DbtrAcct></RltdPties>
<RmtInf><Ustrd>0004711</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>`;
const report = CashManagementEndOfDayReport.fromXML(xml);
const [entry] = report.entries;
const [transaction] = report.transactions;
const { Stmt } = new XMLParser({ parseTagValue: false }).parse(xml).Document.BkToCstmrStmt;
const rows = [
  ['entry reference, kept', entry.referenceId, '00017'],
  ['message id with a letter', transaction.messageId, 'A0001'],
  ['message id', report.messageId, '1'],
  ['debtor account', transaction.debtor.account.accountNumber, '99'],
  ['servicer reference', entry.accountServicerReferenceId, 31],
  ['remittance information', transaction.remittanceInformation, 4711],
  ['way out, account', Stmt.Acct.Id.Othr.Id, '0012345678'],
  ['way out, remittance', Stmt.Ntry.NtryDtls.TxDtls.RmtInf.Ustrd, '0004711'],
];
let holds = true;
for (const [name, got, want] of rows) {
  console.log(`${name}: ${JSON.stringify(got)}`);
  holds &&= got === want;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
