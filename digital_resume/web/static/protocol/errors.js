/**
 * The pages' errors: one class, a stable `code` for programs and messages files, a sentence for logs.
 * `context` is safe to show: never a key, a token or a person's data.
 */
export class ResumeError extends Error {
  /**
   * @param {string} code stable code in snake_case; views translate it
   * @param {string} message what happened and why, one English sentence
   * @param {Record<string, unknown>} [context]
   */
  constructor(code, message, context = {}) {
    super(message);
    this.name = "ResumeError";
    this.code = code;
    this.context = context;
  }
}

/**
 * Tell whether a value is a plain JSON object.
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Parse JSON text that must be an object.
 * @param {string} text
 * @param {string} code code of the error when it is not
 * @param {string} what name of the thing for the message
 * @returns {Record<string, unknown>}
 */
export function parseJsonObject(text, code, what) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ResumeError(code, `${what} is not JSON.`);
  }
  if (!isObject(value)) throw new ResumeError(code, `${what} is not a JSON object.`);
  return value;
}
