// Every language that ships, on a narrow phone: texts are longer in one than in another, and nothing may stick out.

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { story, site, until } from './lib/story.mjs';

const { prefix } = JSON.parse(process.env.NGXC_SITES);
const languages = readdirSync('assets/locales').map((file) => file.replace('.json', ''));

const shots = 'build/screenshots/languages';
mkdirSync(shots, { recursive: true });

// The town lists every language and a service of every purpose, and has a page in each language.
async function rebuild(page) {
    const file = `${prefix}policies/montmirail.json`;
    const policy = JSON.parse(readFileSync(file, 'utf8'));

    policy.languages = ['fr', ...languages.filter((tag) => tag !== 'fr')];
    policy.services.push('google-analytics', 'facebook', 'vimeo', 'openagenda', 'crisp', 'recaptcha', 'google-fonts', 'adroll');
    writeFileSync(file, JSON.stringify(policy));

    for (const tag of languages) {
        writeFileSync(`${prefix}www/montmirail/${tag}.html`, `<!DOCTYPE html><html lang="${tag}"><head><meta charset="utf-8">`
            + '<meta name="viewport" content="width=device-width"><title>Montmirail</title></head><body><h1>Montmirail</h1></body></html>');
    }

    process.kill(Number(readFileSync(`${prefix}gateway.pid`, 'utf8')), 'SIGHUP');

    await until(async () => {
        await page.goto(site('montmirail', '/_choices/?lang=uk'));
        return await page.locator('html').getAttribute('lang') === 'uk';
    }, 'the policy with every language was read');
}

// What sticks out of its place or of the window, in words. The root is a document or a shadow root.
function faults(root, selector) {
    const found = [];
    const frame = document.documentElement;

    if (frame.scrollWidth > frame.clientWidth) {
        found.push(`the page is ${frame.scrollWidth} wide`);
    }

    // Only for who listens.
    const unseen = (e) => e !== null && (getComputedStyle(e).clipPath !== 'none' || unseen(e.parentElement));

    for (const element of [...root.querySelectorAll('*')].filter((e) => !unseen(e))) {
        const { left, right, width } = element.getBoundingClientRect();
        const said = `${element.localName}: ${element.textContent.trim().slice(0, 60)}`;

        if (width > 1 && (left < -0.5 || right > frame.clientWidth + 0.5)) {
            found.push(`outside the window: ${said}`);
        }

        if (element.matches(selector)
            && (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1))
        {
            found.push(`clipped: ${said}`);
        }
    }

    return found;
}

const ofSettings = `(${faults})(document, 'button, .button, label, h1, h2, h3, p, legend, summary, th, td')`;
const ofBanner = `(${faults})(document.querySelector('#ngxc-banner').shadowRoot, 'button, .button, h2, p, li, form, .do')`;
const openTables = 'document.querySelectorAll("details").forEach((details) => { details.open = true; })';

story('every language fits a window 320 pixels wide', { viewport: { width: 320, height: 640 } }, async ({ page }) => {
    const found = [];

    await rebuild(page);

    for (const tag of languages) {
        await page.goto(site('montmirail', `/${tag}`));
        assert.equal(await page.locator('#ngxc-banner').getAttribute('lang'), tag);
        await page.screenshot({ path: `${shots}/${tag}-banner.png` });
        const banner = await page.evaluate(ofBanner);

        await page.goto(site('montmirail', `/_choices/?lang=${tag}`));
        assert.equal(await page.locator('html').getAttribute('dir'), tag === 'ar' ? 'rtl' : 'ltr');
        await page.evaluate(openTables);
        await page.screenshot({ path: `${shots}/${tag}-settings.png` });
        const settings = await page.evaluate(ofSettings);

        found.push(...new Set([...banner.map((fault) => `${tag}, banner: ${fault}`), ...settings.map((fault) => `${tag}, settings: ${fault}`)]));
    }

    assert.ok(found.length === 0, found.join('\n'));
});
