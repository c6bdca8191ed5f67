// Pages whose body is put in place by a script: Turbo and htmx, as they are published. Nothing they fetch brings a banner, and what they
// keep for the way back is a copy without shadow trees.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { story, received, leaked, until } from './lib/story.mjs';
import { town, policy, html, film, plan } from './lib/town.mjs';

const published = (path) => readFileSync(new URL(`./node_modules/${path}`, import.meta.url), 'utf8');

const libraries = {
    'Turbo 8': { file: '@hotwired/turbo/dist/turbo.es2017-umd.js' },
    'htmx 2': { file: 'htmx.org/dist/htmx.js', body: 'hx-boost="true"' },
    'htmx 4': { file: 'htmx-4/dist/htmx.js', body: 'hx-boost:inherited="true"' },
};

const banner = (page) => page.locator('#ngxc-banner');
const button = (page, decision) => page.locator(`#ngxc-banner button[value="${decision}"]`);
const came = (page, id) => until(async () => await page.frameLocator(`#${id}`).locator('#stand-in').count() === 1, `${id} came`);
const kept = (page, id, count) => page.waitForTimeout(300).then(async () => assert.equal(await page.locator(`#${id}`).count(), count, id));

for (const [name, { file, body = '' }] of Object.entries(libraries)) {
    const script = { body: published(file), headers: { 'Content-Type': 'text/javascript' } };
    const links = '<nav><a id="to-home" href="/">Accueil</a> <a id="to-films" href="/films">Films</a> <a id="to-plan" href="/plan">Plan</a></nav>';
    const page_ = (text) => html(`<main>${links}${text}</main>`, { head: '<script defer src="/library.js"></script>' }).replace('<body>', `<body ${body}>`);
    const policy_ = policy(['youtube', 'openstreetmap', 'google-analytics']);

    const ville = () => town(name.toLowerCase().replace(' ', '-'), { policy: policy_, pages: {
        '/': page_('<h1>Accueil</h1>'),
        '/films': page_(`<h1>Films</h1>${film}`),
        '/plan': page_(`<h1>Plan</h1>${plan}`),
        '/library.js': script,
    } });

    // Follows a link, in the same document.
    async function follow(page, id, heading) {
        await page.evaluate(() => { window.same = true; });
        await page.locator(`#${id}`).click();
        await page.locator('h1', { hasText: heading }).waitFor();
        assert.ok(await page.evaluate(() => window.same), 'the document is the same');
        await page.waitForTimeout(200);
    }

    async function back(page, heading) {
        await page.goBack();
        await page.locator('h1', { hasText: heading }).waitFor();
        await page.waitForTimeout(300);
    }

    story(`${name}: the question goes along from page to page, once, and can be answered`, async ({ page, context }) => {
        const { at, state } = await ville();

        await page.goto(at('/'));
        await follow(page, 'to-films', 'Films');
        await kept(page, 'ngxc-banner', 1);
        assert.ok(await button(page, 'accept-all').isVisible());
        assert.equal(await page.locator('#ngxc-link').count(), 1);
        assert.equal(await page.locator('#ngxc-status').count(), 1);
        assert.equal(await page.evaluate(() => document.body.firstElementChild.id), 'ngxc-banner');
        assert.deepEqual(leaked(), []);

        await follow(page, 'to-plan', 'Plan');
        await back(page, 'Films');
        await kept(page, 'ngxc-banner', 1);
        assert.ok(await button(page, 'refuse-all').isVisible(), 'also on the way back');
        assert.equal(await page.locator('#ngxc-link').count(), 1);

        await button(page, 'refuse-all').click();
        await until(async () => await banner(page).count() === 0, 'it was answered');
        await follow(page, 'to-plan', 'Plan');
        await back(page, 'Films');
        await kept(page, 'ngxc-banner', 0);
        await kept(page, 'ngxc-link', 1);
        assert.equal((await state(context)).state, 'none');
        assert.deepEqual(leaked(), []);
    });

    story(`${name}: embeds of other pages are neutral, come with acceptance, once, and are there on the way back`, async ({ page }) => {
        const { at } = await ville();
        const asked = (host) => received(host).filter((line) => /embed/.test(line.uri)).length;

        await page.goto(at('/plan'));
        await follow(page, 'to-films', 'Films');
        const frame = page.frameLocator('#film');

        await frame.getByRole('heading', { name: 'La vallée vue du ciel' }).waitFor();
        await frame.getByRole('button', { name: 'Toujours accepter YouTube' }).click();
        await came(page, 'film');
        await page.waitForTimeout(300);
        assert.equal(asked('www.youtube.com'), 1);
        assert.equal(await banner(page).count(), 1, 'the others are still asked for');

        await button(page, 'accept-all').click();
        await until(async () => await banner(page).count() === 0, 'it was answered');
        assert.equal(asked('www.youtube.com'), 1, 'what was there stays');

        await back(page, 'Plan');
        await came(page, 'plan');
        assert.equal(await banner(page).count(), 0, 'the page that was kept from before does not ask');
        await follow(page, 'to-home', 'Accueil');
        await kept(page, 'ngxc-link', 1);
        assert.equal(await page.evaluate(() => typeof ngxConsent.state), 'function');
    });

    story(`${name}: settings that are open when the page goes, go with it`, async ({ page }) => {
        const { at } = await ville();

        await page.goto(at('/'));
        await follow(page, 'to-films', 'Films');
        await banner(page).locator('a.button').click();
        await page.locator('#ngxc-dialog dialog[open]').waitFor();
        await back(page, 'Accueil');
        await kept(page, 'ngxc-dialog', 0);
        await banner(page).locator('a.button').click();
        await page.locator('#ngxc-dialog dialog[open]').waitFor();
        await page.keyboard.press('Escape');
        await kept(page, 'ngxc-dialog', 0);
    });
}
