/// <reference types="node" />
/**
 * Pages import the shared browser files by the address they are served at, `/shared/…`; under Node the same modules lie
 * in `digital_resume/web/static`. Loaded before them: by `run.mjs`, and for tests with `node --import`.
 */
import * as nodeModule from "node:module";

const SHARED = new URL("../../digital_resume/web/static/", import.meta.url);

/** @typedef {(specifier: string, context?: unknown) => unknown} Resolve */
/** @typedef {{resolve: (specifier: string, context: unknown, next: Resolve) => unknown}} Hooks */
/** @type {{registerHooks: (hooks: Hooks) => void}} */
const { registerHooks } = /** @type {any} */ (nodeModule); // newer than the types that are installed

registerHooks({
  resolve: (specifier, context, next) =>
    next(
      specifier.startsWith("/shared/") ? new URL(specifier.slice("/shared/".length), SHARED).href : specifier,
      context,
    ),
});
