// What becomes of a visit, of Matomo's cookies and of the visitor's address, before a choice, after it, and in tabs that were open before.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

import { story, site, received, leaked, until } from './lib/story.mjs';

const months = 30.5 * 86400;
const hits = () => received('matomo').filter((line) => line.uri.startsWith('/matomo.php'));
const parameter = (hit, name) => new URL(hit.uri, 'http://x').searchParams.get(name);
const ran = (page) => page.evaluate(() => document.documentElement.dataset.matomo ?? null);
const matomo = async (context) => (await context.cookies()).filter((cookie) => /^(?:_pk|mtm)_/.test(cookie.name));
const kinds = async (context) => (await matomo(context)).map((cookie) => cookie.name.replace(/\..*/, '')).sort();

// A page, and what its tracker does once it is there.
async function visit(page, name, path = '/page') {
    const before = received('matomo').length;

    await page.goto(site(name, path));
    await until(async () => await ran(page) === 'loaded', 'the tracker ran');

    return before;
}

async function visited(page, name, path) {
    const before = hits().length;

    await visit(page, name, path);
    await until(() => hits().length > before, 'Matomo heard of the visit');

    return hits().at(-1);
}

// Chosen on the settings page, with a mouse.
async function choose(page, name, answer) {
    await page.goto(site(name, '/_choices/'));
    await page.locator(`input[name="service.matomo"][value="${answer}"]`).check({ force: true });
    await page.locator('button[name="decision"][value="save"]').click();
    await page.waitForLoadState('load');
}

const from = { extraHTTPHeaders: { 'X-Test-Address': '203.0.113.77' } };

story('exempt: before a choice a visit is measured, with a truncated address and without its campaign', from, async ({ page, context }) => {
    const hit = await visited(page, 'exempt', '/page?page=2&utm_source=lettre&mtm_campaign=soldes');

    assert.equal(hit.method, 'POST', 'as a beacon');
    assert.equal(hit.length, '0', 'without a body');
    assert.equal(hit.address, '203.0.0.0');
    assert.ok(!JSON.stringify(received()).includes('203.0.113.77'), 'and nowhere the whole address');
    assert.equal(new URL(parameter(hit, 'url')).search, '?page=2', 'all else of the address stays');
    assert.match(parameter(hit, '_id'), /^[0-9a-f]{16}$/);

    const cookies = await matomo(context);
    assert.deepEqual(cookies.map((cookie) => cookie.name.replace(/\..*/, '')).sort(), ['_pk_id', '_pk_ref', '_pk_ses']);
    assert.ok(cookies.every((cookie) => cookie.expires - Date.now() / 1000 < 13 * months), 'no cookie for more than thirteen months');
    assert.deepEqual(leaked(), []);
});

story('exempt: a form in place of a beacon is cleaned as well', from, async ({ page }) => {
    const hit = await visited(page, 'exempt', '/posts?utm_source=lettre');

    assert.equal(hit.method, 'POST');
    assert.equal(hit.uri, '/matomo.php');
    assert.equal(new URL(new URLSearchParams(hit.body).get('url')).search, '');
    assert.equal(hit.address, '203.0.0.0');
});

story('exempt: a click on a link that leads elsewhere is measured until it is refused, in a tab that was open before, too', {},
    async ({ page, context }) => {
        await visited(page, 'exempt', '/page');
        // Of what is sent by beacon a driver sees the question, and not always the answer.
        const click = async () => {
            const asked = page.waitForRequest((request) => request.url().includes('/matomo.php'));
            await page.evaluate(() => {
                document.addEventListener('click', (event) => event.preventDefault());
                document.getElementById('out').click();
            });
            await asked;
        };

        await click();
        await until(() => hits().some((hit) => parameter(hit, 'link') === 'https://ailleurs.example/'), 'Matomo heard of the link');

        const other = await context.newPage();
        // not by the settings, which would have the other tab load its page again
        await other.goto(site('exempt', '/_choices/'));
        await other.evaluate(() => fetch('/_choices/', { method: 'POST', body: new URLSearchParams({ decision: 'refuse-all' }) }));

        const before = hits().length;
        await click();
        await sleep(500);
        assert.equal(hits().length, before, 'the page of before speaks to the gateway and to nobody else');

        await other.goto(site('exempt', '/page'));
        assert.equal(await ran(other), null, 'a page of after runs nothing');
        assert.deepEqual(await kinds(context), [], 'and has no cookie');
    });

story('exempt: refused, accepted, refused again; each page is as it was chosen', {}, async ({ page, context }) => {
    await choose(page, 'exempt', 'refuse');
    await page.goto(site('exempt', '/page'));
    await sleep(200);
    assert.equal(await ran(page), null);
    assert.deepEqual(received('matomo'), [], 'nothing was asked of Matomo');
    assert.equal(await page.evaluate(() => typeof window._paq.push), 'function', 'and the site\'s own code goes on');

    await choose(page, 'exempt', 'accept');
    const hit = await visited(page, 'exempt', '/page?utm_source=lettre');
    assert.equal(new URL(parameter(hit, 'url')).search, '?utm_source=lettre', 'accepted: campaigns too');
    assert.deepEqual(await kinds(context), ['_pk_id', '_pk_ses']);

    await choose(page, 'exempt', 'refuse');
    await page.goto(site('exempt', '/page'));
    assert.equal(await ran(page), null);
    assert.deepEqual(await kinds(context), []);
});

story('exempt: thirteen months after its first day an identifier ends, however often a script wrote it again', {},
    async ({ page, context }) => {
        await visited(page, 'exempt', '/page');
        const [{ name, value }] = (await matomo(context)).filter((cookie) => cookie.name.startsWith('_pk_id'));
        const aged = (days) => `0123456789abcdef.${Math.round(Date.now() / 1000) - days * 86400}.`;

        const keeps = async (cookie) => {
            await page.evaluate((line) => { document.cookie = `${line}; Max-Age=34000000; Path=/`; }, `${name}=${cookie}`);
            return parameter(await visited(page, 'exempt', '/page'), '_id');
        };

        assert.equal(await keeps(value), value.slice(0, 16), 'today\'s');
        assert.equal(await keeps(aged(380)), '0123456789abcdef', 'one of a year ago');
        assert.notEqual(await keeps(aged(400)), '0123456789abcdef', 'not one of fourteen months ago');
    });

story('without cookies until they are accepted: measured all the same', from, async ({ page, context }) => {
    await page.goto(site('cookieless', '/p'));
    await page.evaluate(() => { document.cookie = '_pk_id.1.0000=0123456789abcdef.1790000000.; Path=/'; });

    const hit = await visited(page, 'cookieless', '/page?utm_source=lettre');
    assert.equal(parameter(hit, '_id'), '', 'without an identifier');
    assert.equal(parameter(hit, 'cookie'), '0');
    assert.equal(hit.cookie, '');
    assert.equal(new URL(parameter(hit, 'url')).search, '');
    assert.equal(hit.address, '203.0.0.0');
    assert.deepEqual(await kinds(context), [], 'none is set, and an old one is gone');

    await choose(page, 'cookieless', 'accept');
    assert.match(parameter(await visited(page, 'cookieless', '/page'), '_id'), /^[0-9a-f]{16}$/);
    assert.deepEqual(await kinds(context), ['_pk_id', '_pk_ses']);

    await choose(page, 'cookieless', 'refuse');
    await page.goto(site('cookieless', '/page'));
    assert.equal(await ran(page), null);
    assert.deepEqual(await kinds(context), []);
});

story('a tracker that asks for consent is told the visitor\'s choice by its own cookies', {}, async ({ page, context }) => {
    await visit(page, 'told', '/asks');
    await sleep(200);
    assert.deepEqual(hits(), [], 'it waits');
    assert.deepEqual(await kinds(context), []);

    await choose(page, 'told', 'accept');
    assert.deepEqual(await kinds(context), ['mtm_consent', 'mtm_cookie_consent']);
    assert.equal(parameter(await visited(page, 'told', '/asks'), 'consent'), '1', 'accepted, it measures');
    assert.match(parameter(await visited(page, 'told', '/asks-for-cookies'), '_id'), /^[0-9a-f]{16}$/, 'with cookies');

    await choose(page, 'told', 'refuse');
    assert.deepEqual(await kinds(context), ['mtm_consent_removed'], 'and refused, it knows that too');
    await page.goto(site('told', '/asks'));
    assert.equal(await ran(page), null);
});

story('one that asks for cookies alone measures without them until then', {}, async ({ page, context }) => {
    assert.equal(parameter(await visited(page, 'told', '/asks-for-cookies'), '_id'), '');
    assert.deepEqual(await kinds(context), []);
});

story('relay: a Matomo on another host is never spoken to by the browser', from, async ({ page, context }) => {
    const cookie = 'session=secret';
    await page.goto(site('relay', '/p'));
    await page.evaluate((line) => { document.cookie = `${line}; Path=/`; }, cookie);

    const hit = await visited(page, 'relay', '/elsewhere?utm_source=lettre');
    assert.equal(hit.address, '203.0.0.0');
    assert.equal(hit.cookie, '', 'no cookie of the site goes there');
    assert.equal(new URL(parameter(hit, 'url')).search, '');
    assert.match(parameter(hit, '_id'), /^[0-9a-f]{16}$/);
    assert.deepEqual(received('stats.example.fr'), []);
    assert.deepEqual(leaked(), []);

    await choose(page, 'relay', 'refuse');
    const before = received('matomo').length;
    await page.goto(site('relay', '/elsewhere'));
    assert.equal(await ran(page), null);
    assert.equal(await page.evaluate(() => fetch('/mesure/matomo.php?idsite=1&rec=1').then((r) => r.status)), 204);
    assert.equal(received('matomo').length, before, 'refused, nothing goes on');
    assert.deepEqual(await kinds(context), []);
});

story('relay: without JavaScript the picture is the site\'s, too', { ...from, javaScriptEnabled: false }, async ({ page }) => {
    await page.goto(site('relay', '/elsewhere'));
    await until(() => hits().length > 0, 'Matomo heard of the visit');

    assert.equal(hits()[0].method, 'GET');
    assert.equal(hits()[0].address, '203.0.0.0');
    assert.deepEqual(leaked(), []);
});

story('without a relay the browser goes there itself, which is what the counter is for', {}, async ({ page }) => {
    await page.goto(site('direct', '/elsewhere'));
    await until(() => received('stats.example.fr').length > 0, 'that server heard of it');
});
