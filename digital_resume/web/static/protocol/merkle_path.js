/**
 * On which side each hash of an inclusion path stands (RFC 9162, section 2.1.3.2): who follows a path and who draws one
 * ask the same.
 *
 * @typedef {"left" | "right"} Side
 */

/**
 * The sides of the hashes beside a leaf's way to the root, from the leaf upwards: as many as the path must have.
 * @param {number} index the leaf's place, from 0 and below `size`
 * @param {number} size number of leaves
 * @returns {Side[]}
 */
export function sidesOf(index, size) {
  /** @type {Side[]} */
  const sides = [];
  let at = index;
  let last = size - 1;
  while (last > 0) {
    const left = at % 2 === 1 || at === last;
    if (left) {
      // The last node of a level with an odd number of nodes rises until it has a neighbour.
      while (at % 2 === 0 && at !== 0) {
        at = Math.floor(at / 2);
        last = Math.floor(last / 2);
      }
    }
    sides.push(left ? "left" : "right");
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return sides;
}
