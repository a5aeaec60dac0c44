#!/usr/bin/env bash
# iso20022.js 0.0.15: an entry of a camt.053 statement is never a reversal: with
# <RvslInd>true</RvslInd>, or 1, the entry has reversal: false, so that a payment that came
# back is booked as another one. The XML reader of the package makes true of the text "true",
# and the package compares with the text.
# Expected: ISO 20022, camt.053 (ReportEntry, ReversalIndicator: whether the entry is the
# result of a reversal), a TrueFalseIndicator, which is an xs:boolean: true or 1. The
# package's own type declares reversal as a boolean of Entry.
# Seen: the four ways to write an xs:boolean, read by CashManagementEndOfDayReport.fromXML().
# Way out: the indicator from the XML (below); the entries are in the order of the document.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund iso20022.js@0.0.15 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { CashManagementEndOfDayReport } from 'iso20022.js';
const indicators = ['<RvslInd>true</RvslInd>', '<RvslInd>1</RvslInd>', '<RvslInd>false</RvslInd>', '<RvslInd>0</RvslInd>', ''];
const entry = (indicator) => `<Ntry><Amt Ccy="EUR">25.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>${indicator}<Sts>BOOK</Sts>
<BookgDt><Dt>2026-01-05</Dt></BookgDt><BkTxCd><Prtry><Cd>NTRF</Cd></Prtry></BkTxCd></Ntry>`;
const time = '<CreDtTm>2026-01-05T00:00:00Z</CreDtTm>';
const xml = `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">
<BkToCstmrStmt><GrpHdr><MsgId>m</MsgId>${time}</GrpHdr><Stmt><Id>s</Id>${time}
<Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Svcr><FinInstnId><BIC>DEUTDEFF</BIC></FinInstnId></Svcr></Acct>
${indicators.map(entry).join('\n')}</Stmt></BkToCstmrStmt></Document>`;
// the way out
const reversed = (text) => text.split('<Ntry>').slice(1).map((one) => /<RvslInd>\s*(true|1)\s*</.test(one));
const got = CashManagementEndOfDayReport.fromXML(xml).entries.map((one) => one.reversal);
let holds = true;
indicators.forEach((indicator, i) => {
  console.log(`${indicator || 'none'}: ${got[i]}, from the XML ${reversed(xml)[i]}`);
  holds &&= got[i] === false && reversed(xml)[i] === i < 2;
});
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
