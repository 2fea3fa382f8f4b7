/**
 * What may not stand in a person's own words: a resident registration number (주민등록번호), which the law lets nobody
 * here keep. The rule is that of the issuer's `digital_resume.core.credentials.text`: six digits of a possible birth
 * date and seven more that begin with 1 to 8, in digits of any script and width, with or without blanks, dots or
 * hyphens between them, and with a few marks or words (앞, 뒷자리) between date and rest. Both are held to it by
 * `tests/vectors/resident-numbers.json`.
 */
import { ResumeError } from "/shared/protocol/errors.js";

const SEPARATOR = "[\\s\\-.,_/·:~\\u2010-\\u2015\\u2212]";
const TOGETHER = new RegExp(`(?<![0-9])([0-9]{6})${SEPARATOR}{0,3}([0-9]{7})(?![0-9])`, "g");
const SPACED = new RegExp(`(?<![0-9])([0-9](?:${SEPARATOR}{1,3}[0-9]){12})(?![0-9])`, "g");
// Disguises: a date with marks between its parts, then marks and words such as 앞 or 뒷자리 before the seven digits.
// Amounts and counted things (원, 호) are something else, and so is what a currency stands before.
const MARK = "[^\\p{L}\\p{N}₩$€¥£]";
const WORD =
  "(?:앞|뒤|뒷|자리|주민(?:등록)?(?:번호)?|생년월일|생일|생|이고|이며|그리고|은|는|front|back|first|last|digits)";
const IN_DATE = "[\\s.,\\-_/·:년월\\u2010-\\u2015\\u2212]{1,3}";
const DISGUISED = new RegExp(
  `(?<![0-9])((?:[0-9]{6}|[0-9]{2}${IN_DATE}[0-9]{2}${IN_DATE}[0-9]{2}))` +
    `일?${MARK}{0,6}(?:${WORD}${MARK}{0,6}){0,8}` +
    "([0-9]{7})(?![0-9])(?!\\s*(?:원|만|천|호|명|건|개|점|won|krw))",
  "giu",
);

/**
 * Tell whether a resident registration number stands anywhere in a text.
 * @param {string} text
 * @returns {boolean}
 */
export function holdsResidentNumber(text) {
  const plain = text
    .normalize("NFKC")
    .replace(/\p{Cf}/gu, "")
    .replace(/\p{Nd}/gu, (digit) => String(digitValue(digit)));
  const together = [...plain.matchAll(TOGETHER)].map(([, date, rest]) => date + rest);
  const spaced = [...plain.matchAll(SPACED)].map(([, digits]) => digits.replace(/[^0-9]/g, ""));
  const disguised = [...plain.matchAll(DISGUISED)].map(([, date, rest]) => date.replace(/[^0-9]/g, "") + rest);
  return [...together, ...spaced, ...disguised].some(isNumber);
}

/**
 * Refuse a text with a resident registration number.
 * @param {string} text
 */
export function refuseResidentNumber(text) {
  if (holdsResidentNumber(text))
    throw new ResumeError("resident_number", "The text holds what looks like a resident registration number.");
}

/**
 * Value of a decimal digit: its place in the ten that Unicode keeps together.
 * @param {string} digit
 */
function digitValue(digit) {
  let value = 0;
  const point = /** @type {number} */ (digit.codePointAt(0));
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(point - value - 1))) value += 1;
  return value;
}

/** @param {string} digits thirteen */
function isNumber(digits) {
  const sex = digits[6];
  if (sex === "0" || sex === "9") return false;
  const century = "1256".includes(sex) ? 1900 : 2000;
  const [year, month, day] = [0, 2, 4].map((at) => Number(digits.slice(at, at + 2)));
  if (month < 1 || month > 12 || day < 1) return false;
  return day <= new Date(Date.UTC(century + year, month, 0)).getUTCDate();
}
