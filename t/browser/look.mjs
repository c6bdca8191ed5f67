// How it looks, and on whom it leans: pictures of every state in build/screenshots, and no style that leaks in or out on pages of the
// wild (../shared/data/pages, where it is there).

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';

import { story, site, until } from './lib/story.mjs';
import { town, policy, html } from './lib/town.mjs';

const shots = 'build/screenshots';
mkdirSync(shots, { recursive: true });

const wild = `${process.env.NGXC_SHARED ?? '../shared/data'}/pages`;
const found = existsSync(wild) ? readdirSync(wild).filter((name) => name.endsWith('.html')) : [];
const services = ['youtube', 'openstreetmap', 'google-analytics', 'facebook', { use: 'matomo', paths: ['/piwik/', '/matomo/'], basis: 'exempt' }];

const banner = (page) => page.locator('#ngxc-banner');
const shoot = (page, name, options = {}) => page.screenshot({ path: `${shots}/${name}.png`, ...options });

const states = {
    desktop: { viewport: { width: 1280, height: 720 } },
    phone: { viewport: { width: 375, height: 667 }, deviceScaleFactor: 2 },
    'zoom-400': { viewport: { width: 320, height: 256 }, deviceScaleFactor: 4 },
    dark: { colorScheme: 'dark' },
    'forced-colors': { forcedColors: 'active' },
    'no-script': { javaScriptEnabled: false },
};

for (const [name, options] of Object.entries(states)) {
    story(`pictures: ${name}`, options, async ({ page }) => {
        await page.goto(site('montmirail'));
        await shoot(page, `banner-${name}`);
        await page.evaluate(() => document.querySelector('#video')?.scrollIntoView({ block: 'start' }));
        await page.waitForTimeout(200);
        await shoot(page, `placeholder-${name}`);

        await banner(page).locator('a.button').click();

        if (options.javaScriptEnabled === false) {
            await page.waitForURL('**/_choices/**');
        } else {
            await page.locator('#ngxc-dialog dialog[open]').waitFor();
        }

        await shoot(page, `settings-${name}`);
        await page.goto(site('montmirail', '/_choices/'));
        await page.locator('summary').first().click();
        await shoot(page, `settings-page-${name}`);

        if (name !== 'zoom-400') {
            await page.goto(site('montmirail', '/_choices/embed/youtube?lang=fr&t=La%20vall%C3%A9e&u=https%3A%2F%2Fwww.youtube.com%2Fembed%2Fa'));
            await shoot(page, `placeholder-alone-${name}`);
        }
    });
}

story('pictures: right to left, asked again, themes, the link after a choice', async ({ page }) => {
    const pages = { '/': html('<main><h1>Bienvenue</h1><p>Une page.</p></main>'), '/ar': html('<main><h1>مرحبا</h1></main>', { lang: 'ar', dir: 'rtl' }) };
    const more = { languages: ['fr', 'ar'] };
    const { at, adopt } = await town('vues', { policy: policy(services, more), pages });

    await page.goto(at('/ar'));
    await shoot(page, 'banner-rtl');
    await page.goto(at('/_choices/?lang=ar'));
    await shoot(page, 'settings-rtl');

    await page.goto(at('/'));
    await banner(page).locator('[value="accept-all"]').click();
    await until(async () => await banner(page).count() === 0);
    await page.goto(at('/'));
    await shoot(page, 'link-after-acceptance');

    await adopt(policy([...services, 'dailymotion'], more));
    await page.goto(at('/'));
    await shoot(page, 'banner-again');

    for (const [name, theme] of Object.entries({
        'theme-top-compact': { accent: '#7a1f5c', radius: 0, position: 'top', density: 'compact' },
        'theme-round': { accent: '#ffd500', radius: 24 },
        'theme-dsfr': { look: 'dsfr' },
    })) {
        await adopt(policy([...services, 'vimeo', 'dailymotion'], { ...more, theme }));
        await page.context().clearCookies();
        await page.goto(at('/'));
        await shoot(page, `banner-${name}`);
        await banner(page).locator('a.button').click();
        await page.locator('#ngxc-dialog dialog[open]').waitFor();
        await shoot(page, `settings-${name}`);
        await page.locator('#ngxc-dialog [value="refuse-all"]').click();
        await page.locator('#ngxc-status').getByRole('button', { name: 'Fermer' }).waitFor();
        await shoot(page, `number-${name}`);
    }
});

if (found.length === 0) {
    console.log(`# pages of the wild are left out: there is no ${wild}`);
}

// What the looks of our own trees come down to.
const ourLooks = (page, ...ids) => page.evaluate((all) => all.flatMap((id) => [...document.getElementById(id).shadowRoot
    .querySelectorAll('section, div, h2, p, ul, li, strong, button, a, nav')].map((e) => {
    const style = getComputedStyle(e);
    const of = ['display', 'position', 'color', 'backgroundColor', 'fontSize', 'fontWeight', 'fontStyle', 'lineHeight', 'letterSpacing', 'textAlign',
        'textTransform', 'textDecorationLine', 'marginTop', 'marginLeft', 'paddingTop', 'paddingLeft', 'borderTopWidth', 'borderTopColor',
        'borderRadius', 'boxShadow', 'opacity', 'float', 'direction', 'visibility', 'listStyleType', 'cursor', 'wordSpacing', 'textShadow'];

    return `${id} ${e.localName} ${of.map((name) => `${name}:${style[name]}`).join(' ')}`;
})), ids.length ? ids : ['ngxc-banner', 'ngxc-link']);

// What the page's own elements look like; ours left out.
const theirLooks = (page) => page.evaluate(() => [...document.body.querySelectorAll('*')]
    .filter((e) => !e.closest('[id^=ngxc-]') && !/^(script|iframe|style|link|noscript|template)$/.test(e.localName) && !e.closest('noscript'))
    .map((e) => {
        const style = getComputedStyle(e);
        const of = ['display', 'position', 'color', 'backgroundColor', 'fontFamily', 'fontSize', 'fontWeight', 'lineHeight', 'marginTop', 'paddingTop', 'float'];

        return `${e.localName}.${e.className} ${of.map((name) => `${name}:${style[name]}`).join(' ')}`;
    }));

let blank;

const hostile = `body * { color: red !important; font: italic 900 40px/3 fantasy !important; letter-spacing: 1em !important; text-transform: uppercase !important;
    border: 9px dotted lime !important; background: yellow !important; margin: 3em !important; padding: 3em !important; float: right !important;
    position: static !important; opacity: .5 !important; visibility: visible; direction: rtl !important; box-shadow: 0 0 9px red !important; }
    div, section, nav { display: none !important; } button { display: inline !important; } body > div:first-child { transform: rotate(3deg) !important; }`;

story('a page whose style sheet means everything to everybody changes neither banner nor link', { javaScriptEnabled: false }, async ({ page }) => {
    const { at } = await town('hostile', { policy: policy(services), pages: { '/': html('<p>Rien</p>'),
        '/hostile': html('<p>Tout</p>', { head: `<style>${hostile}</style>` }) } });

    await page.goto(at('/'));
    const usual = await ourLooks(page);
    await page.goto(at('/hostile'));
    assert.deepEqual(await ourLooks(page), usual);
    const box = await banner(page).boundingBox();
    assert.deepEqual([Math.round(box.x), Math.round(box.y + box.height), Math.round(box.width)], [0, 720, 1280], 'and it is where it was');
    await shoot(page, 'hostile');
});

story('nor the settings, nor the number of the record', async ({ page }) => {
    const { at } = await town('hostile', { policy: policy(services), pages: { '/': html('<p>Rien</p>'),
        '/hostile': html('<p>Tout</p>', { head: `<style>${hostile}</style>` }) } });
    const looks = [];

    for (const path of ['/', '/hostile']) {
        await page.context().clearCookies();
        await page.goto(at(path));
        await banner(page).locator('a.button').click();
        await page.locator('#ngxc-dialog dialog[open]').waitFor();
        const settings = await ourLooks(page, 'ngxc-dialog');
        await page.locator('#ngxc-dialog [value="refuse-all"]').click();
        await page.locator('#ngxc-status').getByRole('button', { name: 'Fermer' }).waitFor();
        looks.push([settings, await ourLooks(page, 'ngxc-status')
            .then((all) => all.map((look) => look.replace(/marginLeft:\S+/, '')))]);     // as wide as the number's digits
    }

    assert.deepEqual(looks[1], looks[0]);
});

for (const name of found) {
    story(`${name}: no style leaks in or out`, { javaScriptEnabled: false }, async ({ page }) => {
        // What is not in the file does not count: nothing else is loaded.
        const text = readFileSync(`${wild}/${name}`, 'utf8');
        const pages = { '/': html('<p>Rien</p>'), ...Object.fromEntries(found.map((one) => [`/${one}`, readFileSync(`${wild}/${one}`, 'utf8')])) };
        const { at } = await town('monde', { policy: policy(services), pages });

        await page.route((url) => !url.hostname.endsWith('.localhost'), (route) => route.abort());

        if (!blank) {
            await page.goto(at('/'));
            blank = await ourLooks(page);
        }

        await page.goto(at(`/${name}`), { waitUntil: 'domcontentloaded' });
        assert.deepEqual(await ourLooks(page), blank);
        const under = await theirLooks(page);
        await shoot(page, `wild-${name.replace('.html', '')}`);

        await page.setContent('');
        await page.route('**/seul', (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body: text }));
        await page.goto(at('/seul'), { waitUntil: 'domcontentloaded' });
        assert.deepEqual(under, await theirLooks(page));
    });
}
