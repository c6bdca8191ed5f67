// What the law and the authorities ask of a consent interface, as far as it is shown or remembered. R01 to R32 are the assertions that
// docs/dpo.md goes through.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { story, received, leaked, until } from './lib/story.mjs';
import { town, policy, html, film, plan, analytics } from './lib/town.mjs';

const { prefix } = JSON.parse(process.env.NGXC_SITES);

const measured = { use: 'matomo', paths: ['/matomo/'], basis: 'exempt' };
const session = { id: 'cms', name: 'Votre session', purpose: 'necessary', basis: 'necessary',
    provider: { name: 'Ville de Montmirail', country: 'FR', privacy_policy: '/donnees-personnelles' },
    description: { fr: 'Garde ce que vous saisissez.', en: 'Keeps what you type.' }, cookies: [{ name: 'cms_session', lifetime: 'session' }] };

const services = ['youtube', 'openstreetmap', 'google-analytics', measured, session];

const front = html(`<h1>Bienvenue à Montmirail</h1><p><a id="next" href="/agenda">Agenda</a></p>${film}${plan}<p>${'Le texte. '.repeat(900)}</p>`
    + '<p id="end">Fin</p>', { head: analytics });

const pages = {
    '/': { body: front, headers: { 'Set-Cookie': 'cms_session=1; Path=/' } },
    '/agenda': html(`<h1>Agenda</h1>${film}`, { head: analytics }),
};

const ville = () => town('ville', { policy: policy(services), pages });

const banner = (page) => page.locator('#ngxc-banner');
const button = (page, decision) => page.locator(`#ngxc-banner button[value="${decision}"]`);
const ours = async (context) => (await context.cookies()).find((cookie) => cookie.name === '__Host-choices');

// Every decision with the banner loads these pages again: a script comes, or the exempt measurement goes. A plain form always does.
async function reloaded(page, act) {
    await page.evaluate(() => { window.before = true; });
    await act();
    await until(() => page.evaluate(() => !window.before && document.readyState === 'complete').catch(() => false), 'the page was loaded again');
}

async function decide(page, decision) {
    await reloaded(page, () => button(page, decision).click());
    assert.equal(await banner(page).count(), 0);
}

// What the computed style says of a button, without what its text decides.
const looks = (locator) => locator.evaluate((e) => {
    const style = getComputedStyle(e);
    const { width, height, top } = e.getBoundingClientRect();
    const of = ['fontSize', 'fontWeight', 'fontFamily', 'fontStyle', 'color', 'backgroundColor', 'borderColor', 'borderWidth', 'borderRadius',
        'opacity', 'textTransform', 'textDecorationLine', 'boxShadow', 'cursor', 'letterSpacing', 'visibility'];

    return { tag: e.localName, width: Math.round(width), height: Math.round(height), top: Math.round(top),
        ...Object.fromEntries(of.map((name) => [name, style[name]])) };
});

const evidence = () => readFileSync(`${prefix}log/evidence.jsonl`, 'utf8').trim().split('\n').map((line) => JSON.parse(line));

story('R01 a first visit asks nobody for anything', async ({ page }) => {
    const { at } = await ville();

    await page.goto(at('/'));
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await page.waitForTimeout(300);
    assert.deepEqual(leaked(), []);
});

story('R02 a first visit stores only what is necessary', async ({ page, context }) => {
    const { at } = await ville();

    await page.goto(at('/'));
    assert.deepEqual((await context.cookies()).map((cookie) => cookie.name), ['cms_session']);
});

story('R03 R04 scrolling, a click in the page, Esc, a second page and waiting grant nothing', async ({ page, context }) => {
    const { at, state } = await ville();

    await page.goto(at('/'));
    await page.mouse.wheel(0, 2000);
    await page.keyboard.press('End');
    await page.locator('h1').click();
    await page.keyboard.press('Escape');
    await page.waitForTimeout(400);
    assert.equal((await state(context)).state, 'unset');

    await page.locator('#next').click();
    await page.waitForURL('**/agenda');
    await page.waitForTimeout(300);

    assert.equal(await banner(page).count(), 1, 'the question stays');
    assert.equal((await state(context)).state, 'unset');
    assert.equal(await ours(context), undefined, 'nothing is remembered');
    assert.deepEqual(leaked(), []);
});

for (const viewport of [{ width: 1280, height: 720 }, { width: 360, height: 640 }]) {
    story(`R05 R06 accepting and refusing look and cost the same, at ${viewport.width} pixels`, { viewport }, async ({ page }) => {
        const { at } = await ville();

        await page.goto(at('/'));
        const accept = await looks(button(page, 'accept-all')), refuse = await looks(button(page, 'refuse-all'));

        assert.deepEqual(refuse, accept);
        assert.equal(accept.tag, 'button');
        assert.ok(accept.height >= 44 && accept.width >= 100);
        assert.ok(await button(page, 'accept-all').isVisible() && await button(page, 'refuse-all').isVisible());
    });
}

story('R06 they look the same on the settings page and on a group of services', async ({ page }) => {
    const { at } = await town('groupe', { policy: policy(['youtube', 'vimeo']), pages });

    await page.goto(at('/_choices/'));
    const main = page.locator('#ngxc-settings');

    for (const [accept, refuse] of [['[value="accept-all"]', '[value="refuse-all"]'],
        ['[name="purpose.video"][value="accept"]', '[name="purpose.video"][value="refuse"]']])
    {
        assert.deepEqual(await looks(main.locator(refuse)), await looks(main.locator(accept)));
    }
});

story('R07 nothing is ticked beforehand, on any layer', async ({ page }) => {
    const { at } = await ville();

    await page.goto(at('/'));
    assert.equal(await page.locator('#ngxc-banner input:not([type=hidden])').count(), 0);

    await banner(page).locator('a.button').click();
    await page.locator('#ngxc-dialog dialog[open]').waitFor();
    assert.equal(await page.locator('#ngxc-dialog input[type=radio]').count(), 8);
    assert.equal(await page.locator('#ngxc-dialog input:checked').count(), 0);

    await page.goto(at('/_choices/'));
    assert.equal(await page.locator('input[type=radio]').count(), 8);
    assert.equal(await page.locator('input:checked').count(), 0);
});

story('R08 every purpose has a title and a sentence, before the buttons', async ({ page }) => {
    const { at } = await ville();

    await page.goto(at('/'));
    const told = await banner(page).locator('li').allInnerTexts();

    assert.deepEqual(told.map((text) => text.split('\n')), [
        ['Mesure d’audience', 'Compter les visites et savoir quelles pages sont consultées.'],
        ['Vidéos', 'Lire des vidéos hébergées ailleurs.'],
        ['Cartes', 'Afficher des plans interactifs.'],
    ]);

    assert.ok(await banner(page).evaluate((e) => [...e.shadowRoot.querySelectorAll('li')].every((li) =>
        li.compareDocumentPosition(e.shadowRoot.querySelector('button')) & Node.DOCUMENT_POSITION_FOLLOWING)));
});

story('R09 consent can be given service by service, and purpose by purpose', async ({ page, context }) => {
    const { at, state } = await town('groupe', { policy: policy(['youtube', 'vimeo']), pages });

    await page.goto(at('/'));
    await banner(page).locator('a.button').click();
    const dialog = page.locator('#ngxc-dialog');

    await dialog.locator('input[name="service.vimeo"][value="accept"]').check();
    await dialog.locator('button[value="save"]').click();
    await until(async () => (await state(context)).choices.vimeo === 'accept', 'Vimeo was accepted');
    assert.equal((await state(context)).choices.youtube, null, 'and nothing else');

    await page.goto(at('/_choices/'));
    await reloaded(page, () => page.locator('button[name="purpose.video"][value="refuse"]').click());
    assert.deepEqual((await state(context)).choices, { youtube: 'refuse', vimeo: 'refuse' });
});

story('R10 the list of the controllers is one click away: counted, named, each with its policy', async ({ page }) => {
    const { at } = await ville();

    await page.goto(at('/'));
    const list = banner(page).getByRole('link', { name: 'Liste des services tiers' });

    assert.match(await list.innerText(), /\(3\)/);
    await list.click();
    const dialog = page.locator('#ngxc-dialog');
    await dialog.locator('dialog[open]').waitFor();

    for (const [id, provider, link] of [
        ['youtube', 'Google Ireland Limited, Irlande', 'https://policies.google.com/privacy'],
        ['openstreetmap', 'OpenStreetMap Foundation, Royaume-Uni', 'https://osmfoundation.org/wiki/Privacy_Policy'],
        ['google-analytics', 'Google Ireland Limited, Irlande', 'https://policies.google.com/privacy'],
    ]) {
        const service = dialog.locator(`fieldset:has(input[name="service.${id}"])`);

        assert.match(await service.locator('.by').first().innerText(), new RegExp(`^${provider}`));
        assert.equal(await service.locator('.by a').getAttribute('href'), link);
    }
});

story('R11 the first layer says who asks, why, what follows, and that one may change one’s mind', async ({ page }) => {
    const { at } = await ville();

    await page.goto(at('/'));
    const text = await banner(page).locator('.say').innerText();

    for (const said of [/Ville de Montmirail souhaite/, /À quoi ils servent/, /Si vous acceptez, /, /Si vous refusez, /,
        /conservé 6\s+mois/, /le modifier à tout moment par le lien « Gestion des cookies »/,
        /dispensée de consentement est active ; vous pouvez la refuser/])
    {
        assert.match(text.replace(/\u00a0|\u202f/g, ' '), said);
    }
});

story('R12 names, use and durations of cookies can be read before choosing', async ({ page, context }) => {
    const { at, ask } = await ville();

    await page.goto(at('/_choices/'));
    const youtube = page.locator('fieldset:has(input[name="service.youtube"])');

    await youtube.locator('summary').click();
    const row = youtube.locator('tr', { hasText: 'VISITOR_INFO1_LIVE' });
    assert.ok(await row.isVisible());
    assert.match(await row.innerText(), /Identifie le navigateur.*6\s+mois/s);

    const table = (await ask(context, '/_choices/table')).body;
    assert.match(table, /<code>VISITOR_INFO1_LIVE<\/code>.*?<td>6&#160;mois<\/td>/s);
    assert.match(table, /<code>__Host-choices<\/code>.*?<td>6&#160;mois<\/td>/s);
    assert.equal(await ours(context), undefined);
});

story('R13 there is no wall: the page is read, scrolled and used under the question, and after a refusal', async ({ page }) => {
    const { at } = await ville();

    await page.goto(at('/'));
    const height = (await banner(page).boundingBox()).height;
    assert.ok(height <= 0.6 * page.viewportSize().height, `the banner takes ${height}`);

    await page.locator('#end').scrollIntoViewIfNeeded();
    await page.keyboard.press('End');
    assert.ok(await page.locator('#end').evaluate((e) => {
        const box = e.getBoundingClientRect();
        return document.elementFromPoint(box.x + 5, box.y + 5) === e;
    }), 'the last line can be read');

    await page.keyboard.press('Home');
    await decide(page, 'refuse-all');
    assert.match(await page.locator('body').innerText(), /Bienvenue à Montmirail.*Le texte\..*Fin/s);
    await page.locator('#next').click();
    await page.waitForURL('**/agenda');
});

story('R14 the question is in the language of the page, and “save” alone grants nothing', async ({ page, context }) => {
    const { at, state } = await town('langues', { policy: policy(services), pages: { ...pages, '/en': html('<h1>Welcome</h1>', { lang: 'en' }) } });

    await page.goto(at('/en'));
    assert.equal(await button(page, 'refuse-all').innerText(), 'Refuse all');
    await page.goto(at('/'));
    assert.equal(await button(page, 'refuse-all').innerText(), 'Tout refuser');

    await page.goto(at('/_choices/'));
    await reloaded(page, () => page.locator('button[value="save"]').click());
    assert.equal((await state(context)).state, 'unset');
});

story('R15 a refusal is kept as long as an acceptance: half a year', async ({ page, context }) => {
    const { at } = await ville();
    const kept = async (decision) => {
        await context.clearCookies();
        await page.goto(at('/'));
        await decide(page, decision);

        return Math.round(((await ours(context)).expires - Date.now() / 1000) / 86400);
    };

    assert.equal(await kept('accept-all'), 182);
    assert.equal(await kept('refuse-all'), 182);
});

story('R16 R17 a refusal is not asked again, page after page, and browsing does not prolong it', async ({ page, context }) => {
    const { at } = await ville();

    await page.goto(at('/'));
    await decide(page, 'refuse-all');
    const before = await ours(context);

    for (let i = 0; i < 5; i++) {
        await page.goto(at('/'));
        assert.equal(await banner(page).count(), 0);
        await page.goto(at('/agenda'));
        assert.equal(await banner(page).count(), 0);
    }

    const other = await context.newPage();
    await other.goto(at('/'));
    assert.equal(await banner(other).count(), 0, 'nor in another tab');

    assert.deepEqual(await ours(context), before);
    assert.deepEqual(leaked(), []);
});

for (const javaScriptEnabled of [true, false]) {
    const how = `JavaScript ${javaScriptEnabled ? 'on' : 'off'}`;

    story(`R18 R19 withdrawing takes one gesture from any page, as accepting did, and has effect at once, ${how}`, { javaScriptEnabled },
        async ({ page, context }) => {
        const { at, state } = await ville();

        await page.goto(at('/'));
        await decide(page, 'accept-all');
        await until(() => received('www.youtube.com').length > 0, 'the film came');
        await page.goto(at('/agenda'));

        const link = page.locator('#ngxc-link');
        assert.equal(await link.locator('a').first().innerText(), 'Gestion des cookies');
        assert.ok(await link.getByRole('button').isVisible());

        await reloaded(page, () => link.getByRole('button', { name: 'Tout refuser – Gestion des cookies' }).click());
        assert.equal((await state(context)).state, 'none');
        assert.equal(await page.locator('#film').getAttribute('data-ngxc'), 'youtube');

        const before = received().length;
        await page.goto(at('/agenda'));
        await page.waitForTimeout(200);
        assert.deepEqual(received().slice(before).filter((line) => line.who !== 'site'), []);
        assert.equal(await page.locator('#film').getAttribute('data-ngxc'), 'youtube');
        assert.equal(await link.getByRole('button').count(), 0, 'there is nothing left to withdraw');
        assert.ok(await link.getByRole('link').isVisible(), 'but the link stays');
    });
}

story('R18 the settings are one gesture from any page, and withdraw one service alone', async ({ page, context }) => {
    const { at, state } = await ville();

    await page.goto(at('/'));
    await decide(page, 'accept-all');
    await page.locator('#ngxc-link').getByRole('link').click();
    const dialog = page.locator('#ngxc-dialog');

    await dialog.locator('input[name="service.openstreetmap"][value="refuse"]').check();
    await dialog.locator('button[value="save"]').click();
    await until(async () => (await state(context)).choices.openstreetmap === 'refuse', 'the map was refused');
    assert.equal((await state(context)).choices.youtube, 'accept');
});

story('R20 R22 each choice leaves a record that names no person, and a withdrawal adds one', async ({ page, context }) => {
    const { at, host, state } = await town('preuves', { policy: policy(services), pages });
    const mine = () => evidence().filter((line) => line.host === host);

    await page.goto(at('/'));
    await decide(page, 'accept-all');
    const [first] = mine();
    await page.goto(at('/_choices/'));
    await page.locator('button[value="refuse-all"]').click();
    await until(() => mine().length === 2, 'the withdrawal was recorded');

    assert.deepEqual(mine()[0], first, 'the earlier record is as it was');
    assert.deepEqual(mine().map((line) => [line.decision, line.source, line.locale]),
        [['accept-all', 'banner', 'fr'], ['refuse-all', 'settings', 'fr']]);

    const agent = await page.evaluate(() => navigator.userAgent);
    const cookie = (await ours(context)).value;

    for (const line of mine()) {
        const text = JSON.stringify(line);
        assert.ok(!text.includes('127.0.0.1') && !text.includes(agent) && !text.includes(cookie) && !text.includes('/agenda'), text);
    }

    const { policy: hash } = await state(context);
    assert.ok(mine().every((line) => JSON.stringify(line).includes(hash)), 'the policy is named');
});

story('R23 a forged, cut or borrowed choice is no choice', async ({ page, context }) => {
    const one = await ville(), other = await town('groupe', { policy: policy(['youtube', 'vimeo']), pages });

    await page.goto(one.at('/'));
    await decide(page, 'accept-all');
    const { value } = await ours(context);
    const flipped = value.slice(0, -3) + (value.at(-3) === 'A' ? 'B' : 'A') + value.slice(-2);

    for (const [town, cookie] of [[one, flipped], [one, value.slice(0, -4)], [one, ''], [other, value]]) {
        await context.clearCookies();
        await context.addCookies([{ name: '__Host-choices', value: cookie, url: town.at('/'), secure: true, httpOnly: true }]);
        await page.goto(town.at('/'));
        assert.equal(await banner(page).count(), 1, `asked with ${cookie}`);
        assert.equal((await town.state(context)).state, 'unset');
    }
});

for (const [what, next, told] of [
    ['new', ['youtube', 'openstreetmap', 'dailymotion'], { title: 'Vidéos', name: 'Dailymotion', id: 'dailymotion' }],
    ['changed', ['youtube', { use: 'openstreetmap', provider: { name: 'Une autre fondation', country: 'FR', privacy_policy: 'https://autre.example/' } }],
        { title: 'Cartes', name: 'OpenStreetMap', id: 'openstreetmap' }],
]) {
    for (const javaScriptEnabled of [true, false]) {
        const how = `JavaScript ${javaScriptEnabled ? 'on' : 'off'}`;

        story(`R10 R17 a ${what} service asks for itself alone, and says so, ${how}`, { javaScriptEnabled }, async ({ page, context }) => {
            const { at, adopt, state } = await town('renouveau', { policy: policy(['youtube', 'openstreetmap']), pages });

            await page.goto(at('/_choices/'));
            await page.locator('[name="service.youtube"][value="accept"]').check();
            await page.locator('[name="service.openstreetmap"][value="refuse"]').check();
            await reloaded(page, () => page.locator('button[value="save"]').click());
            assert.equal((await state(context)).choices.openstreetmap, 'refuse', 'the choice was kept');

            await adopt(policy(next));
            await page.goto(at('/'));
            assert.equal(await banner(page).count(), 1, 'it is asked');

            const told_ = await banner(page).locator('li').allInnerTexts();
            assert.equal(told_.length, 1, 'for one purpose');
            assert.match(told_[0], new RegExp(`^${told.title}\n.*\n${told.name} \\(pas encore de choix, non chargé\\)$`));
            assert.equal(/Des services ont changé/.test(await banner(page).locator('.say').innerText()), what === 'changed');

            const accept = banner(page).getByRole('button', { name: 'Accepter' }), refuse = banner(page).getByRole('button', { name: 'Refuser' });
            assert.deepEqual(await looks(refuse), await looks(accept));

            await accept.click();
            await until(async () => await banner(page).count() === 0, 'it was answered');
            await page.waitForLoadState('load');
            const { choices } = await state(context);
            assert.deepEqual(choices, { youtube: 'accept', openstreetmap: 'refuse', [told.id]: 'accept' }, 'alone');

            await page.goto(at('/'));
            assert.equal(await banner(page).count(), 0);
        });
    }
}

const gpc = { 'Sec-GPC': '1' };

story('R32 Global Privacy Control refuses for the visitor, who may still choose, and change it back', { extraHTTPHeaders: gpc },
    async ({ page, context }) => {
    const { at, state } = await ville();

    await page.goto(at('/'));
    await page.waitForTimeout(200);
    assert.equal(await banner(page).count(), 0, 'no question');
    assert.deepEqual(leaked(), []);
    assert.equal((await state(context, gpc)).state, 'none');

    await page.goto(at('/_choices/'));
    assert.match(await page.locator('.now').innerText(), /Global Privacy Control/);
    await page.locator('[name="service.youtube"][value="accept"]').check();
    await reloaded(page, () => page.locator('button[value="save"]').click());
    await page.goto(at('/'));
    await until(() => received('www.youtube.com').length > 0, 'the film came');

    await page.goto(at('/_choices/'));
    await reloaded(page, () => page.locator('button[value="refuse-all"]').click());
    assert.equal((await state(context, gpc)).state, 'none');
});
