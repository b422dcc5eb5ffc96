/**
 * The service worker: it keeps the page for a phone without a network, and is woken by notifications. A classic script
 * once it is joined, because not every browser takes a module here.
 */

import { onActivate, onFetch, onInstall, onMessage } from "./keeping.js";
import { onNotificationClick, onPush, onPushChange } from "./pushed.js";

// All at the top level: whatever is added later, a browser that wakes the worker does not hear.
self.addEventListener("install", onInstall);
self.addEventListener("activate", onActivate);
self.addEventListener("fetch", onFetch);
self.addEventListener("message", onMessage);
self.addEventListener("push", onPush);
self.addEventListener("notificationclick", onNotificationClick);
self.addEventListener("pushsubscriptionchange", onPushChange);
