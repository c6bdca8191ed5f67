// The interface for everybody: keyboard, screen reader, magnifier, one's own colours and fonts. A01 to A28 are RGAA 4.1.2 and WCAG 2.2
// (AA) as they bear on a banner, a settings page and what stands for an embed.

import assert from 'node:assert/strict';

import { story, axe, until } from './lib/story.mjs';
import { town, policy, html, film, plan, analytics } from './lib/town.mjs';

const links = (n) => Array.from({ length: n }, (_, i) => `<p><a href="/page-${i}">Lien numéro ${i} de la page</a></p>`).join('');
const body = `<main><h1>Bienvenue</h1>${links(15)}${film}${plan}${links(15)}<p><button type="button">Un bouton</button></p></main>`;

const services = ['youtube', 'vimeo', 'openstreetmap', 'google-analytics', { use: 'matomo', paths: ['/matomo/'], basis: 'exempt' }];

const ville = () => town('ville', {
    policy: policy(services, { languages: ['fr', 'en', 'ar', 'de'] }),
    pages: {
        '/': html(body, { head: analytics }),
        '/ar': html('<main><h1>مرحبا</h1></main>', { lang: 'ar', dir: 'rtl' }),
        '/de': html('<main><h1>Willkommen</h1></main>', { lang: 'de' }),
        '/da': html('<main><h1>Velkommen</h1></main>', { lang: 'da' }),
        '/table': html('<main><h1>Cookies</h1><div id="here"></div></main>'),
    },
});

const banner = (page) => page.locator('#ngxc-banner');
const dialog = (page) => page.locator('#ngxc-dialog dialog[open]');
const placeholder = '/_choices/embed/youtube?u=https%3A%2F%2Fwww.youtube.com%2Fembed%2Fabc&t=La%20vall%C3%A9e&lang=fr';

// What axe leaves out by default and we keep to: 2.5.8 and 2.5.3.
const strict = { rules: { 'target-size': { enabled: true }, 'label-content-name-mismatch': { enabled: true } } };

const axeIsContent = async (page) => assert.deepEqual(await axe(page, strict), []);

async function openSettings(page) {
    await banner(page).locator('a.button').click();
    await dialog(page).waitFor();
}

// What a screen reader is told, by the browser's own accessibility tree: role and name, in order, within the first node of this role and
// name. Texts alone count only within a status.
async function heard(page, role, name) {
    const client = await page.context().newCDPSession(page);
    const { nodes } = await client.send('Accessibility.getFullAXTree');
    const by = new Map(nodes.map((node) => [node.nodeId, node]));
    const told = [];

    const tell = (node, top) => {
        const of = (property) => node.properties?.find((one) => one.name === property)?.value.value;
        const [what, called] = [node.role?.value, node.name?.value ?? ''];

        if (!node.ignored && what === 'StaticText' && role === 'status') {
            told.push(called);

        } else if (!node.ignored && !top && spoken.test(what)) {
            told.push([what, of('level'), of('checked') === 'true' && 'checked', called].filter(Boolean).join(' '));
        }

        node.childIds.map((id) => by.get(id)).filter(Boolean).forEach((child) => tell(child));
    };

    const root = nodes.find((node) => !node.ignored && node.role?.value === role && (name === undefined || node.name?.value === name));

    if (root) {
        tell(root, true);
    }

    await client.detach();

    return told;
}

const spoken = /^(region|dialog|main|navigation|heading|list|listitem|link|button|group|radio|status|table|row|columnheader|rowheader|cell|DisclosureTriangle|Iframe)$/;

// The element that has the focus, in whatever tree.
const focused = (page) => page.evaluate(() => {
    let e = document.activeElement;

    while (e?.shadowRoot?.activeElement) {
        e = e.shadowRoot.activeElement;
    }

    return e && e !== document.body ? (e.value || e.id || e.innerText || e.localName) : '';
});

async function tab(page, times = 1, key = 'Tab') {
    const seen = [];

    for (let i = 0; i < times; i++) {
        await page.keyboard.press(key);
        seen.push(await focused(page));
    }

    return seen;
}

// Of two colours as getComputedStyle writes them: WCAG 2.2, "contrast ratio".
function contrast(...colours) {
    const [dark, light] = colours.map((colour) => colour.match(/[\d.]+/g).slice(0, 3).map((c) => c / 255)
        .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0)).sort((a, b) => a - b);

    return (light + 0.05) / (dark + 0.05);
}

// Text or controls that are cut off, or stick out sideways; in the page, the banner, the dialog.
const cutOff = (page) => page.evaluate(() => {
    const bad = [];

    // Only for who listens.
    const unseen = (e) => e !== null && (getComputedStyle(e).clipPath !== 'none' || unseen(e.parentElement));

    const look = (root) => root.querySelectorAll('*').forEach((e) => {
        const style = getComputedStyle(e), box = e.getBoundingClientRect();

        if (e.shadowRoot) {
            look(e.shadowRoot);
        }

        if (!box.width || !box.height || e.localName === 'iframe' || unseen(e)) {
            return;
        }

        const name = `${e.localName}.${e.className} ${(e.innerText ?? '').slice(0, 30)}`;

        if (box.right > innerWidth + 1 || box.left < -1) {
            bad.push(`${name}: sticks out, ${Math.round(box.left)} to ${Math.round(box.right)} of ${innerWidth}`);
        }

        if (e.scrollWidth > e.clientWidth + 1 && style.display !== 'inline' && style.overflowX !== 'visible') {
            bad.push(`${name}: scrolls sideways`);
        }

        if (/hidden|clip/.test(style.overflowY) && e.scrollHeight > e.clientHeight + 1) {
            bad.push(`${name}: cut off`);
        }
    });

    look(document);

    return bad;
});

// Brings each into view, and says which cannot be.
async function reachable(root) {
    for (const what of ['h2', '[value="accept-all"]', '[value="refuse-all"]', 'a.button']) {
        await root.locator(what).scrollIntoViewIfNeeded();
        assert.ok(await root.locator(what).evaluate((e) => {
            const box = e.getBoundingClientRect();
            return e.getRootNode().elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)?.closest('h2, button, a') === e;
        }), `${what} can be seen and pressed`);
    }
}


// A01, A02, A27: names, roles, and all that axe knows.

const states = {
    'as it is': {},
    'in the dark': { colorScheme: 'dark' },
    'in forced colours': { forcedColors: 'active' },
    'at 320 by 256': { viewport: { width: 320, height: 256 } },
    'without our script': { blocked: true },    // axe is a script itself
};

for (const [how, { blocked, ...options }] of Object.entries(states)) {
    story(`A11 A27 axe finds nothing on the banner, the settings, a placeholder, a page of ours, ${how}`, options, async ({ page }) => {
        const { at } = await ville();

        if (blocked) {
            await page.route('**/ui.*.js', (route) => route.abort());
        }

        for (const path of ['/', '/ar', '/_choices/?lang=fr', '/_choices/?lang=ar&saved=0', placeholder, '/_choices/nothing']) {
            await page.goto(at(path));
            assert.deepEqual((await axe(page, strict)).map((line) => `${path}: ${line}`), []);
        }

        if (!blocked) {
            await page.goto(at('/'));
            await openSettings(page);
            await axeIsContent(page);
        }
    });
}

for (const theme of [{ look: 'dsfr' }, { accent: '#ffd500', radius: 24 }, { accent: '#777777', density: 'compact', position: 'top' }]) {
    story(`A11 A27 nor with the theme ${JSON.stringify(theme)}, light and dark`, async ({ page }) => {
        const { at, adopt } = await town('atours', { policy: policy(services), pages: { '/': html(body) } });

        await adopt(policy(services, { theme }));

        for (const colorScheme of ['light', 'dark']) {
            await page.emulateMedia({ colorScheme });

            for (const path of ['/', '/_choices/?lang=fr&saved=0', placeholder]) {
                await page.goto(at(path));
                assert.deepEqual((await axe(page, strict)).map((line) => `${colorScheme} ${path}: ${line}`), []);
            }
        }

        await page.goto(at('/'));
        await openSettings(page);
        await axeIsContent(page);
        await dialog(page).locator('[value="refuse-all"]').click();
        await page.locator('#ngxc-status').getByRole('button', { name: 'Fermer' }).waitFor();
        await axeIsContent(page);
    });
}

story('A11 a button stands out from what is behind it, three to one, whatever the accent', async ({ page }) => {
    const { at, adopt } = await town('atours', { policy: policy(services), pages: { '/': html(body) } });

    for (const theme of [{}, { accent: '#ffd500' }, { accent: '#fefefe' }, { accent: '#9a9a9a' }, { accent: '#000000' }, { look: 'dsfr' }]) {
        await adopt(policy(services, { theme }));

        for (const colorScheme of ['light', 'dark']) {
            await page.emulateMedia({ colorScheme });
            await page.goto(at('/'));
            const [rim, ground] = await banner(page).locator('[value="accept-all"]').evaluate((e) => [getComputedStyle(e).borderTopColor,
                getComputedStyle(e.closest('section')).backgroundColor]);
            assert.ok(contrast(rim, ground) >= 3, `${JSON.stringify(theme)} ${colorScheme}: ${rim} on ${ground}`);
        }
    }
});

story('A27 axe finds nothing on the table in a page of the site, nor on a page once a choice was made', async ({ page }) => {
    const { at } = await ville();

    await page.goto(at('/table'));
    await page.evaluate(async () => {
        document.getElementById('here').innerHTML = await fetch('/_choices/table').then((r) => r.text());
    });
    await axeIsContent(page);
    await banner(page).locator('[value="accept-all"]').click();
    await until(async () => await banner(page).count() === 0);
    await axeIsContent(page);
});

story('A01 A02 the banner is a region, its controls say by name what for', async ({ page }) => {
    const { at } = await ville();

    await page.goto(at('/'));
    const region = page.getByRole('region', { name: 'Cookies et services tiers', exact: true });

    for (const name of ['Tout accepter', 'Tout refuser']) {
        assert.equal(await region.getByRole('button', { name: `${name} Cookies et services tiers`, exact: true }).count(), 1);
    }

    assert.equal(await region.getByRole('link', { name: 'Choisir service par service Cookies et services tiers', exact: true }).count(), 1);

    await openSettings(page);
    assert.equal(await page.getByRole('dialog', { name: 'Gestion des cookies', exact: true }).count(), 1);
});

const two = () => town('deux', { policy: policy(['youtube', 'vimeo']), pages: { '/': html(`<main><h1>Films</h1>${film}</main>`) } });

story('A01 A02 A22 a screen reader is told of the banner: who asks what, and the answers, each named for what it answers', async ({ page }) => {
    const { at } = await two();

    await page.goto(at('/'));
    assert.deepEqual(await heard(page, 'region', 'Cookies et services tiers'), [
        'heading 2 Cookies et services tiers',
        'list',
        'listitem 1',
        'link Liste des services tiers (2), de leurs cookies et de leurs durées',
        'button Tout accepter Cookies et services tiers',
        'button Tout refuser Cookies et services tiers',
        'link Choisir service par service Cookies et services tiers',
    ]);
    assert.deepEqual(await heard(page, 'navigation', 'Gestion des cookies'), ['link Gestion des cookies']);
});

story('A01 A13 A21 a screen reader is told of the settings: purposes, services, answers, tables', async ({ page }) => {
    const { at } = await two();

    for (const [path, role, level, viewport] of [['/_choices/?lang=fr', 'main', 1, { width: 1280, height: 720 }],
        ['/_choices/?lang=fr', 'main', 1, { width: 320, height: 640 }], ['/', 'dialog', 2, { width: 1280, height: 720 }]])
    {
        await page.setViewportSize(viewport);
        await page.goto(at(path));

        if (role === 'dialog') {
            await openSettings(page);
        }

        await page.locator('summary', { hasText: 'Vimeo' }).click();
        await page.locator('[name="service.vimeo"][value="refuse"]').check();

        assert.deepEqual(await heard(page, role), [
            ...role === 'dialog' ? ['button Fermer'] : [],
            `heading ${level} Gestion des cookies`,
            'status',
            'region Vidéos',
            `heading ${level + 1} Vidéos`,
            'button Accepter tous ces services Vidéos',
            'button Refuser tous ces services Vidéos',
            'group YouTube',
            'radio Accepter',
            'radio Refuser',
            'link politique de confidentialité de YouTube',
            'group',
            'DisclosureTriangle Cookies de YouTube (4)',
            'group Vimeo',
            'radio Accepter',
            'radio checked Refuser',
            'link politique de confidentialité de Vimeo',
            'group',
            'DisclosureTriangle Cookies de Vimeo (1)',
            'table Cookies de Vimeo',
            'row',
            'columnheader Nom',
            'columnheader Utilité',
            'columnheader Durée',
            'row',
            'rowheader vuid',
            'cell Identifiant du navigateur pour les statistiques du propriétaire de la vidéo.',
            'cell 2\u00a0ans',
            'button Enregistrer ces choix',
            'button Tout accepter',
            'button Tout refuser',
            'region Nécessaire au fonctionnement du site',
            `heading ${level + 1} Nécessaire au fonctionnement du site`,
            `heading ${level + 2} Mémoire de vos choix`,
            'group',
            'DisclosureTriangle Cookie de ce site (1)',
            `heading ${level + 2} Effacer les cookies nécessaires`,
            'list',
            'listitem 1',
            'link Écrire au délégué à la protection des données',
            'listitem 1',
            'link Données personnelles',
        ], `${path} ${viewport.width}`);
    }
});

story('A07 A23 a screen reader is told of a placeholder by its title, and of a choice that was kept, with its number', async ({ page }) => {
    const { at } = await two();

    await page.goto(at(placeholder));
    assert.deepEqual(await heard(page, 'main'), [
        'heading 1 La vallée',
        'link politique de confidentialité de YouTube',
        'button Afficher cette fois',
        'button Toujours accepter YouTube',
        'link Gestion des cookies',
    ]);

    await page.goto(at('/'));
    assert.deepEqual(await heard(page, 'status'), []);
    await banner(page).locator('[value="refuse-all"]').click();
    await until(async () => (await heard(page, 'status')).length > 0, 'something was said');
    const [text, number, close] = await heard(page, 'status');
    assert.deepEqual([text, number.replace(/[0-9a-f]{32}$/, 'NUMBER'), close],
        ['Vos choix sont enregistrés.', 'Numéro de la preuve, affiché une seule fois\u00a0: NUMBER', 'button Fermer']);
});


// A03 to A09: the keyboard.

story('A03 A04 A05 the banner comes first, in the order one sees, and lets go again', async ({ page }) => {
    const { at } = await ville();

    await page.goto(at('/'));
    const order = await tab(page, 6);

    assert.match(order[0], /^Liste des services tiers/);
    assert.deepEqual(order.slice(1, 5), ['accept-all', 'refuse-all', 'set', 'Lien numéro 0 de la page']);
    assert.deepEqual(await tab(page, 3, 'Shift+Tab'), ['Lien numéro 0 de la page', 'set', 'refuse-all']);

    const seen = await banner(page).evaluate((e) => [...e.shadowRoot.querySelectorAll('button, a.button')]
        .map((b) => [b.getBoundingClientRect().y, b.getBoundingClientRect().x]));
    assert.deepEqual(seen, [...seen].sort(([y, x], [v, u]) => y - v || x - u), 'line by line, from left to right');
    assert.equal(await page.evaluate(() => document.body.firstElementChild.id), 'ngxc-banner');
});

for (const [key, decision, state_] of [['Enter', 'accept-all', 'all'], ['Space', 'refuse-all', 'none']]) {
    story(`A03 A07 ${key} on ${decision} decides, and a status message says so`, async ({ page, context }) => {
        const { at, state } = await town('films', { policy: policy(['youtube']), pages: { '/': html(`<main><h1>Films</h1>${film}</main>`) } });

        await page.goto(at('/'));
        await tab(page, decision === 'accept-all' ? 2 : 3);
        assert.equal(await focused(page), decision);
        await page.keyboard.press(key);
        await until(async () => await banner(page).count() === 0);
        assert.equal((await state(context)).state, state_);
        await until(async () => (await heard(page, 'status')).includes('Vos choix sont enregistrés.'), 'the message came');
    });
}

story('A03 A05 A06 the settings keep the focus, Esc gives it back to where it was, and grants nothing', async ({ page, context }) => {
    const { at, state } = await ville();

    await page.goto(at('/'));
    await tab(page, 4);
    await page.keyboard.press('Enter');
    await dialog(page).waitFor();
    assert.equal(await focused(page), 'ngxc-title');

    const seen = await tab(page, 60);
    assert.ok(seen.includes('save') && seen.includes('accept-all') && seen.filter((what) => what === '').length < 10);
    assert.ok(!seen.some((what) => /^Lien numéro|^film|^set$/.test(what)), 'the page underneath is out of reach');

    await dialog(page).locator('[name="service.youtube"][value="accept"]').check();
    await page.keyboard.press('Escape');
    await until(async () => await dialog(page).count() === 0);
    assert.equal(await focused(page), 'set');
    assert.equal((await state(context)).state, 'unset');

    await page.keyboard.press('Enter');
    await dialog(page).waitFor();
    await dialog(page).getByRole('button', { name: 'Fermer' }).click();
    await until(async () => await dialog(page).count() === 0);
    assert.equal(await focused(page), 'set');
});

story('A06 A23 who accepts from a placeholder finds the focus on what came, with its title, and is told', async ({ page }) => {
    const { at } = await ville();

    await page.goto(at('/'));
    const frame = page.frameLocator('#film');

    await frame.getByRole('button', { name: 'Toujours accepter YouTube' }).focus();
    await page.keyboard.press('Enter');
    await until(async () => await page.frameLocator('#film').locator('#stand-in').count() === 1, 'the film came');
    assert.equal(await focused(page), 'film');
    assert.equal(await page.locator('#film').getAttribute('title'), 'La vallée vue du ciel');
    await until(async () => (await heard(page, 'status')).includes('Vos choix sont enregistrés.'), 'the message came');
});

story('A08 A11 the focus is seen: two pixels or more, three to one or better, in light and dark', async ({ page }) => {
    const { at } = await ville();

    for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme });

        for (const path of ['/', '/_choices/', placeholder]) {
            await page.goto(at(path));

            for (let i = 0; i < 4; i++) {
                await page.keyboard.press('Tab');

                if (await focused(page) === '') {
                    break;      // past the last
                }

                const seen = await page.evaluate(() => {
                    let e = document.activeElement;

                    while (e.shadowRoot?.activeElement) {
                        e = e.shadowRoot.activeElement;
                    }

                    const style = getComputedStyle(e);
                    let ground = e.parentElement;

                    while (ground.parentElement && /, 0\)$/.test(getComputedStyle(ground).backgroundColor)) {
                        ground = ground.parentElement;
                    }

                    return { what: e.outerHTML.slice(0, 60), style: style.outlineStyle, width: parseFloat(style.outlineWidth),
                        colours: [style.outlineColor, getComputedStyle(ground).backgroundColor] };
                });

                assert.ok(seen.style === 'solid' && seen.width >= 2 && contrast(...seen.colours) >= 3, `${colorScheme} ${path} ${JSON.stringify(seen)}`);
            }
        }
    }
});

for (const viewport of [{ width: 1280, height: 720 }, { width: 375, height: 667 }, { width: 320, height: 256 }]) {
    for (const javaScriptEnabled of [true, false]) {
        story(`A09 the banner hides no focused element, ${viewport.width} by ${viewport.height}, JavaScript ${javaScriptEnabled ? 'on' : 'off'}`,
            { viewport, javaScriptEnabled }, async ({ page }) => {
            const { at } = await ville();

            await page.goto(at('/'));

            for (let i = 0; i < 70; i++) {
                await page.keyboard.press(i < 38 ? 'Tab' : 'Shift+Tab');
                const hidden = await page.evaluate(() => {
                    const e = document.activeElement, banner = document.getElementById('ngxc-banner').getBoundingClientRect();
                    const box = e.getBoundingClientRect();

                    if (e.localName === 'iframe') {       // what has the focus in it is a part of it
                        return box.top > banner.top || box.bottom < 0 ? e.id : '';
                    }

                    return e !== document.body && !e.closest('#ngxc-banner') && (box.bottom > banner.top + 1 || box.top < -1)
                        && box.height < banner.top ? `${e.outerHTML.slice(0, 80)}: ${box.top} to ${box.bottom}, banner from ${banner.top}` : '';
                });

                assert.equal(hidden, '');
            }
        });
    }
}


for (const [width, height] of [[1280, 720], [768, 600], [375, 667], [320, 256]]) {
    story(`A09 nor does the banner hide any of its own, ${width} by ${height}`, { viewport: { width, height } }, async ({ page }) => {
        const { at } = await ville();

        await page.goto(at('/'));

        for (const what of await tab(page, 4)) {
            assert.ok(await banner(page).evaluate((e) => {
                const control = e.shadowRoot.activeElement, boxes = [...control.getClientRects()];
                return boxes.some((box) => e.shadowRoot.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2) === control);
            }), what);
        }
    });
}

story('A09 what tells that a choice was kept hides nothing that has the focus', { viewport: { width: 375, height: 667 } }, async ({ page }) => {
    const { at } = await two();

    await page.goto(at('/'));
    await page.evaluate((links) => document.querySelector('main').insertAdjacentHTML('beforeend', links), links(30));
    await banner(page).locator('[value="refuse-all"]').click();
    await page.locator('#ngxc-status').getByRole('button', { name: 'Fermer' }).waitFor();

    for (let i = 0; i < 60 && await focused(page) !== 'Fermer'; i++) {
        await page.keyboard.press('Tab');
        assert.ok(await page.evaluate(() => {
            const e = document.activeElement, notice = document.getElementById('ngxc-status');

            return e === document.body || e === notice || e.getBoundingClientRect().bottom <= notice.getBoundingClientRect().top;
        }), await focused(page));
    }

    assert.equal(await focused(page), 'Fermer');
    await page.keyboard.press('Enter');
    await until(async () => await page.locator('#ngxc-status').evaluate((e) => e.offsetHeight) === 1, 'it was closed');
    assert.equal(await page.evaluate(() => document.documentElement.style.cssText), '', 'and left nothing behind');
});


// A10, A14 to A18: sizes.

story('A10 everything one presses is 24 pixels or more, buttons 44', async ({ page }) => {
    const { at } = await ville();

    for (const path of ['/', '/_choices/', placeholder]) {
        await page.goto(at(path));
        const small = await page.evaluate(() => {
            const root = document.getElementById('ngxc-banner')?.shadowRoot ?? document;

            return [...root.querySelectorAll('button, a.button, summary, label, .top a')].map((e) => [e, e.getBoundingClientRect()])
                .filter(([e, box]) => box.width && box.height < (/^(button|label)$/.test(e.localName) || e.className === 'button' ? 43.9 : 24))
                .map(([e, box]) => `${e.outerHTML.slice(0, 60)} ${box.width} × ${box.height}`);
        });

        assert.deepEqual(small, []);
    }
});

for (const [what, options, before] of [
    ['A14 at 200 % text', {}, async (page) => (await page.context().newCDPSession(page)).send('Page.setFontSizes', { fontSizes: { standard: 32, fixed: 26 } })],
    ['A15 at 320 by 256 (400 %)', { viewport: { width: 320, height: 256 } }],
    ['A17 upright on a phone', { viewport: { width: 360, height: 640 } }],
    ['A17 lying on a phone', { viewport: { width: 640, height: 360 } }],
]) {
    story(`${what} nothing is cut off, all can be reached and the page is still there`, options, async ({ page }) => {
        const { at } = await ville();

        await before?.(page);

        for (const path of ['/', '/ar', '/de']) {
            await page.goto(at(path));
            assert.deepEqual(await cutOff(page), [], path);
            await reachable(banner(page));

            const { height } = await banner(page).boundingBox();
            assert.ok(height <= 0.62 * page.viewportSize().height, `${path}: the banner takes ${height}`);
        }

        await openSettings(page);
        assert.deepEqual(await cutOff(page), []);

        for (const path of ['/_choices/?lang=fr', '/_choices/?lang=ar', '/_choices/?lang=de', placeholder]) {
            await page.goto(at(path));
            await page.evaluate(() => document.querySelectorAll('details').forEach((e) => e.open = true));
            assert.deepEqual(await cutOff(page), [], path);
        }
    });
}

story('A16 with the spacing of WCAG 1.4.12 nothing is cut off', { viewport: { width: 375, height: 667 }, bypassCSP: true }, async ({ page }) => {
    const { at } = await ville();
    const spacing = '* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; } p { margin-bottom: 2em !important; }';

    for (const path of ['/', '/ar', '/_choices/', placeholder]) {
        await page.goto(at(path));
        await page.addStyleTag({ content: spacing });
        await page.evaluate((css) => {
            const style = document.createElement('style');
            style.textContent = css;
            document.getElementById('ngxc-banner')?.shadowRoot.append(style);
            document.querySelectorAll('details').forEach((e) => e.open = true);
        }, spacing);
        assert.deepEqual(await cutOff(page), [], path);
    }
});

story('A18 nothing moves, whoever asked for it or not', async ({ page }) => {
    const { at } = await ville();

    for (const reducedMotion of ['reduce', 'no-preference']) {
        await page.emulateMedia({ reducedMotion });
        await page.goto(at('/'));
        await openSettings(page);
        assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
        assert.deepEqual(await page.evaluate(() => ['ngxc-banner', 'ngxc-dialog'].flatMap((id) =>
            [...document.getElementById(id).shadowRoot.querySelectorAll('*')].map((e) => getComputedStyle(e))
                .filter((style) => style.animationName !== 'none' || style.transitionDuration !== '0s'))), []);
    }
});

story('A19 in forced colours buttons have borders, and the focus a colour', { forcedColors: 'active' }, async ({ page }) => {
    const { at } = await ville();

    await page.goto(at('/'));
    await tab(page, 2);
    const seen = await banner(page).evaluate((e) => [...e.shadowRoot.querySelectorAll('button, a.button')].map((b) => {
        const style = getComputedStyle(b);
        return { border: style.borderTopStyle + style.borderTopWidth, seen: style.borderTopColor !== style.backgroundColor };
    }));
    assert.deepEqual(seen, Array(3).fill({ border: 'solid2px', seen: true }));
    assert.equal(await banner(page).locator('[value="accept-all"]').evaluate((e) => getComputedStyle(e).outlineStyle), 'solid');
});


// A12, A13, A20 to A26, A28.

story('A12 A13 each service is a named group of two labelled radios, whose state is said in words', async ({ page }) => {
    const { at } = await ville();

    await page.goto(at('/_choices/'));
    const group = page.getByRole('group', { name: 'YouTube', exact: true });

    assert.deepEqual(await group.getByRole('radio').evaluateAll((all) => all.map((e) => e.labels[0].innerText.trim())), ['Accepter', 'Refuser']);
    await group.getByRole('radio', { name: 'Accepter' }).check();
    await page.locator('button[value="save"]').click();
    await page.locator('.status p').waitFor();
    assert.match(await group.locator('.state').innerText(), /^Actuellement\s: accepté$/);
    assert.match(await page.getByRole('group', { name: 'Vimeo' }).locator('.state').innerText(), /^Actuellement\s: pas encore de choix, non chargé$/);
});

story('A20 A21 A22 the banner says its language, has no first heading, and is made of what it looks like', async ({ page }) => {
    const { at } = await ville();

    await page.goto(at('/da'));
    assert.equal(await banner(page).getAttribute('lang'), 'fr', 'a language that is not offered gives the site’s own');
    await page.goto(at('/ar'));
    assert.deepEqual(await banner(page).evaluate((e) => [e.lang, e.dir, getComputedStyle(e.shadowRoot.querySelector('section')).direction]),
        ['ar', 'rtl', 'rtl']);
    await page.setViewportSize({ width: 800, height: 600 });
    const [accept, refuse] = await banner(page).locator('button').evaluateAll((all) => all.map((e) => e.getBoundingClientRect().x));
    assert.ok(accept > refuse, 'from right to left');

    await page.goto(at('/'));
    await openSettings(page);
    const of = (id, what) => page.locator(`#${id}`).evaluate((e, s) => [...e.shadowRoot.querySelectorAll(s)].map((one) => one.outerHTML), what);

    for (const id of ['ngxc-banner', 'ngxc-dialog', 'ngxc-link']) {
        assert.deepEqual(await of(id, '[role=button], [role=link], [onclick], a:not([href]), [tabindex]:not([tabindex="-1"])'), []);
    }

    assert.deepEqual(await of('ngxc-banner', 'h1'), []);

    const { nodes } = await (await page.context().newCDPSession(page)).send('Accessibility.getFullAXTree');
    const levels = nodes.filter((node) => node.role?.value === 'heading' && !node.ignored)
        .map((node) => node.properties.find(({ name }) => name === 'level').value.value);
    assert.ok(levels.length > 3 && Math.min(...levels) === 2, `levels in the dialog: ${levels}`);

    await page.goto(at('/_choices/'));
    assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1);
});

story('A24 without any style sheet the banner reads in order', async ({ page }) => {
    const { at } = await ville();

    await page.goto(at('/'));
    const text = await banner(page).evaluate((e) => {
        e.shadowRoot.querySelectorAll('style, link').forEach((style) => style.remove());
        return e.shadowRoot.querySelector('section').innerText;
    });
    assert.match(text, /^Cookies et services tiers\s.*Mesure d’audience.*Si vous refusez.*Tout accepter\s*Tout refuser\s*Choisir service par service$/s);
});

story('A25 a press that is taken back does nothing', async ({ page, context }) => {
    const { at, state } = await ville();

    await page.goto(at('/'));
    const box = await banner(page).locator('[value="accept-all"]').boundingBox();

    await page.mouse.move(box.x + 20, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + 20, 20);
    await page.mouse.up();
    await page.waitForTimeout(200);
    assert.equal((await state(context)).state, 'unset');
    assert.equal(await banner(page).count(), 1);
});

story('A26 a day later the question is still there, and can be answered', async ({ page, context }) => {
    const { at, state } = await ville();

    await page.clock.install();
    await page.goto(at('/'));
    await page.clock.fastForward('24:00:00');
    await banner(page).locator('[value="refuse-all"]').click();
    await until(async () => (await state(context)).state === 'none');
});

story('A28 on paper there is neither banner nor link', async ({ page }) => {
    const { at } = await ville();

    await page.emulateMedia({ media: 'print' });
    await page.goto(at('/'));
    assert.equal(await banner(page).isVisible(), false);
    assert.equal(await page.locator('#ngxc-link nav').isVisible(), false);
    assert.equal(await page.evaluate(() => parseFloat(getComputedStyle(document.documentElement).paddingBottom)), 0);
});


// Firefox: the same by keyboard.

story('Firefox: banner, settings and choice by keyboard, and axe finds nothing', { browser: 'firefox' }, async ({ page }) => {
    const { at } = await ville();

    await page.goto(at('/'));
    await axeIsContent(page);

    while (await focused(page) !== 'accept-all') {      // Firefox stops at what scrolls, too
        await tab(page);
    }

    assert.deepEqual(await tab(page, 2), ['refuse-all', 'set']);
    await page.keyboard.press('Enter');
    await until(() => page.evaluate(() => !!document.getElementById('ngxc-dialog')?.shadowRoot.querySelector('dialog[open]')), 'the settings opened');
    assert.equal(await focused(page), 'ngxc-title');
    await axeIsContent(page);

    await page.keyboard.press('Escape');
    await until(() => page.evaluate(() => !document.getElementById('ngxc-dialog')), 'they closed');
    assert.equal(await focused(page), 'set');

    await page.keyboard.down('Shift');
    await tab(page);
    await page.keyboard.up('Shift');
    assert.equal(await focused(page), 'refuse-all');
    await page.keyboard.press('Enter');
    await until(() => page.evaluate(() => !document.getElementById('ngxc-banner')), 'the banner was gone');
    await until(async () => (await page.evaluate(() => window.ngxConsent?.state()).catch(() => {}))?.state === 'none', 'all was refused');

    await page.goto(at('/_choices/?lang=fr'));
    await axeIsContent(page);
    await page.goto(at(placeholder));
    await axeIsContent(page);
});
