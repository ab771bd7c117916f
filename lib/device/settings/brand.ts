import { requireKnownOptions } from '../../options/known-options.js';
import type { Brand } from './api.js';

/** The host's colour for buttons and links, as `#rrggbb`: one for the light page, one for the dark page. */
export interface Accent {
  light: string;
  dark: string;
}

/** The page's backgrounds, as in `page/base.css`: `--surface`, `--ground` and `--raised`. */
const backgrounds = {
  light: ['#ffffff', '#f3f4f7', '#f1f3f7'],
  dark: ['#181c25', '#0f1218', '#222835'],
} as const;

/** WCAG 2.2, success criterion 1.4.3, for text of normal size. */
const leastContrast = 4.5;

/**
 * Checks the options `logo` and `accent`.
 *
 * @param origin the page's: its Content-Security-Policy allows images from there only
 * @throws TypeError that names the option
 */
export function checkBrand(logo: unknown, accent: unknown, origin: string): Brand {
  return {
    logo: logo === undefined ? null : logoOf(logo, origin),
    accent: accent === undefined ? null : accentOf(accent),
  };
}

function logoOf(logo: unknown, origin: string): string {
  const url = typeof logo === 'string' && URL.canParse(logo, origin) ? new URL(logo, origin) : undefined;
  if (url?.origin !== origin) {
    throw new TypeError(`logo must be the address of an image on ${origin}, such as /logo.svg`);
  }
  return url.href;
}

function accentOf(accent: unknown): Brand['accent'] {
  requireKnownOptions(accent, { light: true, dark: true }, 'accent');
  const { light, dark } = accent as Record<string, unknown>;
  return { light: colorsOf(light, 'light'), dark: colorsOf(dark, 'dark') };
}

function colorsOf(accent: unknown, scheme: 'light' | 'dark') {
  if (typeof accent !== 'string' || !/^#[\da-f]{6}$/i.test(accent)) {
    throw new TypeError(`accent.${scheme} must be a colour such as #2f54cf`);
  }
  const least = Math.min(...backgrounds[scheme].map((background) => contrast(accent, background)));
  if (least < leastContrast) {
    throw new TypeError(
      `accent.${scheme} has a contrast of ${least.toFixed(1)} with the ${scheme} page: ${leastContrast} is the minimum`,
    );
  }
  const onAccent = contrast(accent, '#ffffff') >= leastContrast ? '#ffffff' : '#000000';
  return { accent: accent.toLowerCase(), onAccent };
}

/** WCAG 2.2, contrast ratio. */
function contrast(one: string, other: string): number {
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
}

/** WCAG 2.2, relative luminance. */
function luminance(color: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
