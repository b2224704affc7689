/** A picture with what may lie over it: boxes and a mask. */

import { h } from "./dom.js";

const COLOURS = ["#1f77b4", "#d9822b", "#2e8b57", "#b3477d", "#7a5fc0", "#8c6d46", "#4a7a8c", "#a3a32b", "#c0504d", "#5f6b7a"];

export function colourOf(index) {
  return COLOURS[Math.max(index, 0) % COLOURS.length];
}

/** An `img` in a frame of its size. `boxes` are `{left, top, width, height, label}` in pixels of the image. */
export function picture(source, alt, { boxes = [], mask = "" } = {}) {
  const image = h("img", { alt });
  const frame = h("div", { className: "picture", style: "position: relative; width: fit-content; margin: 0 auto;" }, image);
  image.style.cssText = "display: block; max-width: 100%; max-height: 75vh;";
  image.addEventListener("error", () => {
    frame.replaceChildren(h("p", { className: "problem", role: "alert" }, "The image can't be loaded."));
  });
  image.addEventListener("load", () => {
    const labels = [...new Set(boxes.map((box) => box.label))];
    frame.append(...boxes.map((box) => boxOver(image, box, labels.indexOf(box.label))));
  });
  if (mask) {
    const over = h("img", { src: mask, alt: "" });
    over.style.cssText = "position: absolute; inset: 0; width: 100%; height: 100%; opacity: .5;";
    frame.append(over);
  }
  image.src = source;
  return frame;
}

/** A box over an image of that size, placed in percent so that it stays right when the image is shown smaller. */
export function boxOver(image, box, colour) {
  const part = (value, whole) => `${(100 * value) / (whole || 1)}%`;
  const outline = h("div", { title: box.label ?? "" });
  outline.style.cssText =
    `position: absolute; pointer-events: none; border: 2px solid ${colourOf(colour)}; ` +
    `left: ${part(box.left, image.naturalWidth)}; top: ${part(box.top, image.naturalHeight)}; ` +
    `width: ${part(box.width, image.naturalWidth)}; height: ${part(box.height, image.naturalHeight)};`;
  return outline;
}
