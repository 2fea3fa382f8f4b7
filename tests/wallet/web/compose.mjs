/// <reference types="node" />
// Composes and seals a resume from JSON on stdin: the JavaScript half of tests/unit/wallet/test_both_languages.py.
import { text } from "node:stream/consumers";
import { decode, encode } from "/shared/protocol/bytes.js";
import { openShare } from "/shared/protocol/envelope.js";
import { importHolderKey } from "../../../wallet/web/protocol/keys.js";
import { leafOf, verifyReceipt } from "../../../wallet/web/protocol/receipts.js";
import { composeResume } from "../../../wallet/web/protocol/resume.js";
import { verifyReceived } from "../../../wallet/web/protocol/sd_jwt.js";
import { prepareShare } from "../../../wallet/web/protocol/share.js";

const input = JSON.parse(await text(process.stdin));
const key = await importHolderKey(input.key);
await verifyReceived(input.credential, key.publicJwk);
const leaf = await leafOf(input.credential);
await verifyReceipt(input.receipt, leaf);
const presentation = await composeResume({
  items: [{ credential: input.credential, receipt: input.receipt, hidden: input.hidden }],
  statement: input.statement,
  key,
  shareId: input.shareId,
  domain: input.verifierUrl,
  expires: input.expires,
  now: new Date(input.now),
});
const { share, deposit } = await prepareShare({
  verifierUrl: input.verifierUrl,
  id: input.shareId,
  expires: input.expires,
  presentation,
});
const { blob, key: sealedKey } = input.sealed;
const opened = await openShare(decode(blob), { id: input.shareId, key: decode(sealedKey), expires: input.expires });
process.stdout.write(
  JSON.stringify({
    did: key.did,
    leaf,
    presentation,
    link: share.link,
    ciphertext: encode(decode(deposit.ciphertext)),
    opened,
  }),
);
