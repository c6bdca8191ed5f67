// The number of the record is seen once, after the choice that it proves: by whom a script answers as by whom a form does.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { story, until } from './lib/story.mjs';
import { town, policy, html, film, analytics } from './lib/town.mjs';

const { prefix } = JSON.parse(process.env.NGXC_SITES);

const banner = (page) => page.locator('#ngxc-banner');
const notice = (page) => page.locator('#ngxc-status .ngxc-saved');
const number = async (page) => (await notice(page).innerText()).match(/[0-9a-f]{32}/)[0];

const ville = () => town('registre', { policy: policy(['youtube', 'google-analytics'], { languages: ['fr', 'en'] }), pages: {
    '/': html(`<main><h1>Accueil</h1>${film}<p><a id="next" href="/en">English</a></p></main>`),
    '/mesure': html('<main><h1>Mesure</h1></main>', { head: analytics }),
    '/en': html('<main><h1>Welcome</h1></main>', { lang: 'en' }),
} });

const last = (host) => readFileSync(`${prefix}log/evidence.jsonl`, 'utf8').trim().split('\n').map((line) => JSON.parse(line))
    .filter((line) => line.host === host).at(-1);

story('who refuses in the banner sees the number until he closes it or goes on', async ({ page }) => {
    const { at, host } = await ville();

    await page.goto(at('/'));
    await banner(page).locator('[value="refuse-all"]').click();
    await notice(page).getByRole('button', { name: 'Fermer' }).waitFor();
    assert.equal(await number(page), last(host).id);
    await notice(page).getByRole('button', { name: 'Fermer' }).click();
    assert.equal(await notice(page).count(), 0);

    await page.locator('#ngxc-link').getByRole('link').click();
    await page.locator('#ngxc-dialog [name="service.youtube"][value="accept"]').check();
    await page.locator('#ngxc-dialog [value="save"]').click();
    await notice(page).getByRole('button').waitFor();
    assert.equal(await number(page), last(host).id, 'the settings’ forms show theirs');
    await page.reload();
    assert.equal(await notice(page).count(), 0);
    assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length), 0, 'nothing is stored for it');
});

story('where the page is loaded again for a script, the number is there after that, and not a second time', async ({ page }) => {
    const { at, host } = await ville();

    await page.goto(at('/mesure'));
    await page.evaluate(() => history.replaceState({ theirs: 1 }, ''));
    await banner(page).locator('[value="accept-all"]').click();
    await notice(page).getByRole('button').waitFor();
    assert.equal(await number(page), last(host).id);
    assert.equal(await page.evaluate(() => window.performance.getEntriesByType('navigation')[0].type), 'reload');
    assert.deepEqual(await page.evaluate(() => [history.state.theirs, history.state.ngxc]), [1, undefined], 'the page’s own state is as it was');
    await page.reload();
    await page.waitForTimeout(400);
    assert.equal(await notice(page).count(), 0);
});

story('the settings open in the language of the page, whatever the browser prefers, and say the number in it', { locale: 'fr-FR' },
    async ({ page }) => {
    const { at, host } = await ville();

    await page.goto(at('/en'));
    await page.evaluate(() => { ngxConsent.open(); });
    const dialog = page.locator('#ngxc-dialog');
    await dialog.locator('dialog[open]').waitFor();
    assert.equal(await dialog.getAttribute('lang'), 'en');
    await dialog.locator('[value="refuse-all"]').click();
    await notice(page).getByRole('button', { name: 'Close' }).waitFor();
    assert.equal(last(host).locale, 'en');
});

for (const javaScriptEnabled of [true, false]) {
    story(`the page of settings keeps language and way back when a choice is saved, JavaScript ${javaScriptEnabled ? 'on' : 'off'}`,
        { javaScriptEnabled, locale: 'fr-FR' }, async ({ page }) => {
        const { at, host } = await ville();

        await page.goto(at('/en'));
        await page.goto(await page.locator('#ngxc-link a').first().evaluate((a) => a.href), { referer: at('/en') });
        assert.equal(await page.locator('html').getAttribute('lang'), 'en');
        await page.locator('[value="refuse-all"]').click();
        await page.waitForURL('**saved=**');
        assert.equal(await page.locator('html').getAttribute('lang'), 'en');
        assert.ok((await page.locator('.status').innerText()).includes(last(host).id));
        assert.equal(await page.locator('.top a').first().getAttribute('href'), '/en');
    });
}
