// Compiles with the npm package solc (nothing is downloaded) and runs the Solidity tests of contracts/test.
// Needs Node 24: `PATH=.venv/bin:$PATH npx hardhat test`.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "hardhat/config";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

// scripts/compile_contracts.py reads the same file: both compilers must produce the same bytes.
const compiler = JSON.parse(readFileSync(here("./contracts/compiler.json"), "utf8"));

export default defineConfig({
  solidity: { ...compiler, path: here("./node_modules/solc/soljson.js") },
  paths: {
    sources: "./contracts",
    tests: { solidity: "./contracts/test" },
    artifacts: "./build/hardhat/artifacts",
    cache: "./build/hardhat/cache",
  },
  test: {
    solidity: {
      fsPermissions: {
        readDirectory: [here("./tests/vectors")],
        // only `make gas` may write it
        [process.env.RENEW_GAS ? "readWriteFile" : "readFile"]: [here("./contracts/gas.json")],
      },
      fuzz: { runs: 256, seed: "0x20261" },
      invariant: { runs: 64, depth: 64, failOnRevert: false },
    },
  },
});
