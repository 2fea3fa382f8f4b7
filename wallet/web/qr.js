// QR of a share's link, drawn in the page: the link with its key goes to no server.
import { ResumeError } from "/shared/protocol/errors.js";
import { loadZxing } from "/shared/zxing.js";

const QUIET = 4;
const MODULE = 12;

/**
 * @typedef {{error: string, symbol: {data: Uint8ClampedArray, width: number, height: number}}} Written
 * @typedef {{writeBarcode: (text: string, options: object) => Promise<Written>}} Writer
 */

/** @returns {Promise<Writer>} */
async function loadWriter() {
  try {
    return await loadZxing("writer");
  } catch {
    throw new ResumeError("qr_unavailable", "The QR writer could not be loaded.");
  }
}

/**
 * Draw the QR of a text (level M, with its quiet zone) on a canvas.
 * @param {string} text
 * @param {HTMLCanvasElement} canvas
 */
export async function drawQr(text, canvas) {
  const writer = await loadWriter();
  const { error, symbol } = await writer.writeBarcode(text, {
    format: "QRCode",
    ecLevel: "M",
    scale: 1,
    withQuietZones: false,
  });
  if (error || symbol.width === 0) throw new ResumeError("qr_unavailable", "The QR could not be drawn.");
  const side = symbol.width + 2 * QUIET;
  canvas.width = side * MODULE;
  canvas.height = side * MODULE;
  const context = canvas.getContext("2d");
  if (!context) throw new ResumeError("qr_unavailable", "This browser cannot draw.");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "#000";
  for (let y = 0; y < symbol.height; y += 1) {
    for (let x = 0; x < symbol.width; x += 1) {
      if (symbol.data[y * symbol.width + x] === 0)
        context.fillRect((x + QUIET) * MODULE, (y + QUIET) * MODULE, MODULE, MODULE);
    }
  }
}

/**
 * PNG of a canvas.
 * @param {HTMLCanvasElement} canvas
 * @returns {Promise<Blob>}
 */
export function toPng(canvas) {
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new ResumeError("qr_unavailable", "The QR could not be drawn."))),
      "image/png",
    );
  });
}
