// The whole visit in a second browser without JavaScript, by keyboard: choose, refuse, settings, one service, withdraw, one embed, and
// no script of the page has run meanwhile. law.mjs and visit.mjs tell the same of Chromium.

import assert from 'node:assert/strict';

import { story, received, leaked, until } from './lib/story.mjs';
import { town, policy, html, film, plan } from './lib/town.mjs';

const without = { browser: 'firefox', javaScriptEnabled: false };
const pages = {
    '/': html('<main><h1>Accueil</h1><p>Une page.</p></main>', { head: '<script>new Image().src = "https://script-ran.example/"</script>' }),
    '/films': html(`<main><h1>Films</h1>${film}${plan}</main>`),
};
const ville = () => town('sansscript', { policy: policy(['youtube', 'openstreetmap']), pages });

// The choice as the cookie says it, asked for outside of the browser.
async function state(one, page) {
    const cookies = (await page.browserContext().cookies()).filter((cookie) => cookie.name === '__Host-choices');

    return one.state({ cookies: async () => cookies });
}

// Goes on with the key until the control of this name or value has the focus, and presses Enter.
async function press(page, wanted) {
    for (let i = 0; i < 40; i++) {
        await page.keyboard.press('Tab');

        const found = await page.evaluate(() => {
            const e = document.activeElement.shadowRoot?.activeElement ?? document.activeElement;

            return [e.value, e.id, e.innerText, e.name && `${e.name}=${e.value}`];
        });

        if (found.includes(wanted)) {
            await page.keyboard.press('Enter');
            return;
        }
    }

    assert.fail(`no ${wanted} among forty stops`);
}

const there = (page, selector) => page.evaluate((s) => document.querySelectorAll(s).length, selector);
const arrived = (page, what) => until(() => page.url().includes(what), `the page ${what} came`);

for (const [decision, kept] of [['refuse-all', 'none'], ['accept-all', 'all']]) {
    story(`Firefox without JavaScript: ${decision} from the banner, and the page is there again without it`, without, async ({ page }) => {
        const one = await ville();

        await page.goto(one.at('/'));
        assert.equal(await there(page, '#ngxc-banner'), 1);
        await press(page, decision);
        await until(async () => (await state(one, page)).state === kept, 'it was kept');
        await until(async () => await there(page, '#ngxc-banner') === 0, 'the page was there again');
        assert.equal(new URL(page.url()).pathname, '/');
        await page.goto(one.at('/films'));
        assert.equal(await there(page, '#ngxc-banner'), 0);
        await until(() => kept === 'none' || leaked().length >= 2, 'what was accepted came');
        assert.equal(leaked().length > 0, kept === 'all');
        assert.deepEqual(received("script-ran.example"), [], 'and no script ran');
    });
}

story('Firefox without JavaScript: one service in the settings, the number of the record, the way back, and withdrawing at once', without,
    async ({ page }) => {
    const one = await ville();

    await page.goto(one.at('/films'));
    await press(page, 'set');
    await arrived(page, '/_choices/');
    await until(() => there(page, 'h1'), 'the settings came');
    await page.evaluate(() => document.querySelector('[name="service.youtube"][value="accept"]').click());
    await press(page, 'save');
    await arrived(page, 'saved=');
    await until(() => there(page, '.status p'), 'it was said');
    assert.match(await page.evaluate(() => document.querySelector('.status p').innerText), /enregistrés\.\n.*: [0-9a-f]{32}$/);
    assert.deepEqual((await state(one, page)).choices, { youtube: 'accept', openstreetmap: null });

    await press(page, 'Retour au site');
    await arrived(page, '/films');
    await until(() => received('www.youtube.com').length > 0, 'the film came');
    assert.deepEqual(received('www.openstreetmap.org'), []);

    await page.goto(one.at('/films'));
    await page.evaluate(() => document.getElementById('ngxc-link').shadowRoot.querySelector('button').focus());
    await page.keyboard.press('Enter');
    await until(async () => (await state(one, page)).state === 'none', 'it was withdrawn');
    assert.ok(new URL(page.url()).pathname === '/films', 'from the page one was on');
});

story('Firefox without JavaScript: one embed, this once, from its placeholder', without, async ({ page }) => {
    const one = await ville();

    await page.goto(one.at('/films'));
    await until(() => page.frames().length === 3, 'the placeholders came');
    const frame = page.frames().find((each) => each.url().includes('/_choices/embed/youtube'));

    await until(() => frame.evaluate(() => document.querySelector('form button') !== null), 'one can be pressed');
    await frame.evaluate(() => document.querySelector('form button').focus());
    await page.keyboard.press('Enter');
    await until(() => received('www.youtube.com').length > 0, 'the film came');
    assert.deepEqual(received('www.openstreetmap.org'), []);
    assert.equal((await state(one, page)).state, 'unset', 'and nothing is remembered');
    assert.equal(await there(page, '#ngxc-banner'), 1, 'in the same page');
});
