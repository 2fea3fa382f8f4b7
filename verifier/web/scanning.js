// Reading the QR of a share: from an image file, or from the camera until one is found. Other codes in view, a menu's
// or a company's, are passed over. Nothing leaves the browser.

import { ResumeError } from "/shared/protocol/errors.js";
import { findLink } from "/shared/protocol/link_finding.js";
import { loadZxing } from "/shared/zxing.js";

/** Longest side that is decoded: a phone's photograph is made smaller first, then tried as it is. */
const MAX_SIDE = 1600;
const MAX_FILE = 25 * 1024 * 1024;
const PAUSE = 120;
/** So many codes in one picture are looked at. */
const MAX_CODES = 32;

/**
 * @typedef {{isValid: boolean, text: string}} Found
 * @typedef {import("/shared/protocol/link_finding.js").ShareLink} ShareLink
 * @typedef {{readBarcodes: (image: ImageData | Blob, options: object) => Promise<Found[]>}} Reader
 */

/** @returns {Promise<Reader>} the QR reader, loaded from this site on first use */
async function loadReader() {
  try {
    return await loadZxing("reader");
  } catch (error) {
    throw new ResumeError("reader_unavailable", String(error));
  }
}

/**
 * Find the share among the codes of an image.
 * @param {ImageData | Blob} image
 * @returns {Promise<{link: ShareLink | null, problem: unknown}>} the problem of the code that comes nearest to a share;
 *   `null` when the image holds no code
 */
async function readQr(image) {
  const reader = await loadReader();
  const found = await reader.readBarcodes(image, {
    formats: ["QRCode"],
    tryHarder: true,
    tryInvert: true,
    maxNumberOfSymbols: MAX_CODES,
  });
  /** @type {unknown} */
  let problem = null;
  for (const { text } of found.filter((code) => code.isValid && code.text)) {
    try {
      return { link: findLink(text), problem: null };
    } catch (error) {
      if (problem === null || !isForeign(error)) problem = error;
    }
  }
  return { link: null, problem };
}

/** @param {unknown} error */
function isForeign(error) {
  return error instanceof ResumeError && error.code === "link_malformed";
}

/**
 * @param {CanvasImageSource} source
 * @param {number} width
 * @param {number} height
 * @returns {ImageData}
 */
function pixels(source, width, height) {
  const scale = Math.min(1, MAX_SIDE / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new ResumeError("reader_unavailable", "This browser cannot draw.");
  context.fillStyle = "#fff"; // a transparent PNG would be read as black on black
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/**
 * Read the share's QR in an image.
 * @param {Blob} file
 * @returns {Promise<ShareLink>}
 */
export async function readImage(file) {
  if (file.size > MAX_FILE)
    throw new ResumeError("image_too_large", "The file is larger than an image of a QR need be.");
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new ResumeError("not_an_image", "The file cannot be decoded as an image.");
  }
  const smaller = await readQr(pixels(bitmap, bitmap.width, bitmap.height));
  bitmap.close();
  if (smaller.link) return smaller.link;
  const whole = await readQr(file); // a code that is small in a large photograph
  if (whole.link) return whole.link;
  throw whole.problem ?? smaller.problem ?? new ResumeError("no_qr", "The image holds no QR.");
}

/**
 * Show the camera in a video element and wait for a share's QR; a foreign one does not end the waiting.
 * @param {HTMLVideoElement} video
 * @param {AbortSignal} signal stops the camera
 * @param {() => void} foreign called when only another QR is in view
 * @returns {Promise<ShareLink>}
 */
export async function readCamera(video, signal, foreign) {
  if (!navigator.mediaDevices?.getUserMedia) throw new ResumeError("camera_missing", "This browser gives no camera.");
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 960 } },
      audio: false,
    });
  } catch (error) {
    const refused = error instanceof DOMException && error.name === "NotAllowedError";
    throw new ResumeError(refused ? "camera_refused" : "camera_missing", String(error));
  }
  try {
    signal.throwIfAborted();
    video.srcObject = stream;
    await video.play();
    while (!signal.aborted) {
      if (video.videoWidth > 0) {
        const { link, problem } = await readQr(pixels(video, video.videoWidth, video.videoHeight));
        if (link) return link;
        if (problem !== null) foreign();
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
    throw new ResumeError("camera_stopped", "The camera was stopped.");
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
}
