// Pictures of a report for the documentation.
//
//     node screenshots.mjs REPORT.html DIRECTORY

import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { DESKTOP, PHONE, openReport, withBrowser } from "./browser.mjs";

const [report, directory] = process.argv.slice(2);
if (!directory) {
  console.error("usage: node screenshots.mjs REPORT.html DIRECTORY");
  process.exit(2);
}
mkdirSync(directory, { recursive: true });

const scrollTo = async (page, selector) => {
  await page.evaluate((wanted) => {
    document.documentElement.style.scrollBehavior = "auto";
    document.querySelector(wanted)?.scrollIntoView();
  }, selector);
};

await withBrowser(async (browser) => {
  const path = resolve(report);
  const take = async (name, options, selector) => {
    const page = await openReport(browser, path, options);
    if (selector) await scrollTo(page, selector);
    await page.screenshot({ path: join(directory, `${name}.png`) });
    await page.close();
  };
  const phone = { ...PHONE, deviceScaleFactor: 1 };
  await take("report_desktop", { viewport: DESKTOP });
  await take("report_themes_dark", { viewport: DESKTOP, scheme: "dark" }, "#themes");
  await take("report_maps", { viewport: DESKTOP }, "#maps");
  await take("report_phone", { viewport: phone });
});
