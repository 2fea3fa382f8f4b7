/// <reference types="node" />
/**
 * A wallet on the command line, over exactly the protocol modules that the browser loads.
 *
 *   node wallet/node/run.mjs --state FILE <command> …     one JSON document on stdout; 0 done, 1 refused, 2 wrong use
 *
 *   init                                                   make the holder's key (an existing one is kept)
 *   claim --offer LINK [--tx-code CODE]                    take an offer
 *   claim-identity --issuer CREDENTIAL_ISSUER              prove who one is, take every offer that follows
 *   finish                                                 receive what a lost answer or a killed run left
 *   receipts [--wait SECONDS]                              fetch the receipts still waited for
 *   compose-share --wallet-url URL --verifier-url URL      compose, sign, seal and share a resume
 *       [--hide PATH,PATH] [--only TYPE|ID,…] [--statement TEXT] [--days N] [--recipient NAME]
 *   stop-share --share-id ID                               stop a share
 *   openings --share-id ID                                 when a share was opened
 *   list                                                   credentials and shares held
 *
 * With `--input -` further options come as one JSON object of strings on stdin, {"tx-code": "493536", …}: what stands
 * in the arguments is seen by everybody on the machine (ps), and offers, codes, links and statements are not for
 * everybody.
 */
import "./shared.mjs";

// Imported only now: the modules' `/shared/…` cannot be resolved before.
const { run } = await import("./commands.mjs");
process.exitCode = await run(process.argv.slice(2));
