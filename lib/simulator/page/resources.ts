import { authenticationDeviceScript } from './authentication-device-script.js';
import { consumptionDeviceScript } from './consumption-device-script.js';
import { devicesStyle } from './devices-style.js';
import { elementsScript } from './elements-script.js';
import { html } from './html.js';
import { icon } from './icon.js';
import { mainScript } from './main-script.js';
import { style } from './style.js';

/** A file of the page: the page itself, its style, its scripts. They live in modules, so that `tsc` alone ships them. */
export interface PageResource {
  /** Its media type. */
  type: string;
  text: string;
}

const javascript = 'text/javascript; charset=utf-8';

/** The files by their paths below the mount path. */
export function pageResources(withConsumptionDevice: boolean): ReadonlyMap<string, PageResource> {
  return new Map([
    ['/', { type: 'text/html; charset=utf-8', text: html(withConsumptionDevice) }],
    ['/style.css', { type: 'text/css; charset=utf-8', text: style + devicesStyle }],
    ['/icon.svg', { type: 'image/svg+xml', text: icon }],
    ['/main.js', { type: javascript, text: mainScript }],
    ['/authentication-device.js', { type: javascript, text: authenticationDeviceScript }],
    ['/consumption-device.js', { type: javascript, text: consumptionDeviceScript }],
    ['/elements.js', { type: javascript, text: elementsScript }],
  ]);
}
