// An inclusion path as it is drawn: which hash stands on which side (RFC 9162, section 2.1.3.2).

/** @typedef {{side: "left" | "right", hash: string} | {more: number}} Step */

const HEAD = 3;
const TAIL = 2;

/**
 * The hashes beside the path with their sides; a long path is folded in its middle.
 * @param {{index: number, size: number, path: string[]}} anchor
 * @returns {Step[]}
 */
export function stepsOf(anchor) {
  const steps = sidesOf(anchor);
  if (steps.length <= HEAD + TAIL + 1) return steps;
  return [...steps.slice(0, HEAD), { more: steps.length - HEAD - TAIL }, ...steps.slice(-TAIL)];
}

/**
 * Every hash of the path with the side on which it is hashed.
 * @param {{index: number, size: number, path: string[]}} anchor
 * @returns {{side: "left" | "right", hash: string}[]}
 */
export function sidesOf(anchor) {
  let at = anchor.index;
  let last = anchor.size - 1;
  return anchor.path.map((hash) => {
    const left = at % 2 === 1 || at === last;
    if (left) {
      while (at % 2 === 0 && at !== 0) {
        at = Math.floor(at / 2);
        last = Math.floor(last / 2);
      }
    }
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
    return { side: left ? "left" : "right", hash };
  });
}
