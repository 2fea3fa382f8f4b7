// Reading a QR: from an image file, or from the camera until one is found. Nothing leaves the browser.

import { ResumeError } from "/shared/protocol/errors.js";
import { loadZxing } from "/shared/zxing.js";

/** Longest side that is decoded: a phone's photograph is made smaller first, then tried as it is. */
const MAX_SIDE = 1600;
const MAX_FILE = 25 * 1024 * 1024;
const PAUSE = 120;

/**
 * @typedef {{isValid: boolean, text: string}} Found
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
 * @param {ImageData | Blob} image
 * @returns {Promise<string | null>} the text of the first QR
 */
async function readQr(image) {
  const reader = await loadReader();
  const found = await reader.readBarcodes(image, {
    formats: ["QRCode"],
    tryHarder: true,
    tryInvert: true,
    maxNumberOfSymbols: 1,
  });
  return found.find((code) => code.isValid && code.text)?.text ?? null;
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
 * Read the QR of an image.
 * @param {Blob} file
 * @returns {Promise<string>}
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
  const text = (await readQr(pixels(bitmap, bitmap.width, bitmap.height))) ?? (await readQr(file));
  bitmap.close();
  if (text === null) throw new ResumeError("no_qr", "The image holds no QR.");
  return text;
}

/**
 * Show the camera in a video element and wait for a QR.
 * @param {HTMLVideoElement} video
 * @param {AbortSignal} signal stops the camera
 * @returns {Promise<string>}
 */
export async function readCamera(video, signal) {
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
        const text = await readQr(pixels(video, video.videoWidth, video.videoHeight));
        if (text !== null) return text;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
    throw new ResumeError("camera_stopped", "The camera was stopped.");
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
}
