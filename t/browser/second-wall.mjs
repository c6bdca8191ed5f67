// Twenty-five ways in which a site's own script can load a tracker when it runs, where no rewriting sees it. consent_csp enforce stops all.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { story, site, leaked, until } from './lib/story.mjs';

const enforced = process.env.NGXC_CSP === 'enforce';

// The body of a function of url, a third party's address.
const ways = {
    'the src of a script': `const s = document.createElement('script'); s.src = url; document.head.append(s);`,
    'setAttribute': `const s = document.createElement('script'); s.setAttribute('src', url); document.head.append(s);`,
    'setAttributeNS': `const s = document.createElement('script'); s.setAttributeNS(null, 'src', url); document.head.append(s);`,
    'setAttributeNode': `const s = document.createElement('script'), a = document.createAttribute('src'); a.value = url;
        s.setAttributeNode(a); document.head.append(s);`,
    'createContextualFragment': `document.body.append(document.createRange().createContextualFragment('<script src="' + url + '"></' + 'script>'));`,
    'document.write': `document.open(); document.write('<script src="' + url + '"></' + 'script>'); document.close();`,
    'an element of a frame\'s realm': `const f = document.createElement('iframe'); document.body.append(f);
        const s = f.contentDocument.createElement('script'); s.src = url; f.contentDocument.body.append(s);`,
    'new Image': `new Image().src = url;`,
    'fetch': `fetch(url, { mode: 'no-cors' }).catch(() => {});`,
    'sendBeacon': `navigator.sendBeacon(url, 'x');`,
    'import()': `import(url).catch(() => {});`,
    'importScripts of a worker': `new Worker(URL.createObjectURL(new Blob(['importScripts("' + url + '")'], { type: 'text/javascript' })));`,
    'XMLHttpRequest': `const x = new XMLHttpRequest(); x.open('GET', url); x.send();`,
    'a link by insertAdjacentHTML': `document.body.insertAdjacentHTML('beforeend', '<link rel="stylesheet" href="' + url + '">');`,
    'an image by insertAdjacentHTML': `document.body.insertAdjacentHTML('beforeend', '<img alt="" src="' + url + '">');`,
    'an image by innerHTML': `document.body.innerHTML = '<img alt="" src="' + url + '">';`,
    'srcset': `const i = document.createElement('img'); i.srcset = url + ' 1x'; document.body.append(i);`,
    'the poster of a video': `const v = document.createElement('video'); v.poster = url; document.body.append(v);`,
    'the href of a link': `const l = document.createElement('link'); l.rel = 'stylesheet'; l.href = url; document.head.append(l);`,
    'the value of an attribute': `const s = document.createElement('script'); s.setAttribute('src', ''); s.attributes.src.value = url;
        document.head.append(s);`,
    'a node of DOMParser\'s': `const d = new DOMParser().parseFromString('<img alt="" src="' + url + '">', 'text/html');
        document.body.append(document.adoptNode(d.images[0]));`,
    'a rule of a style element': `const s = document.createElement('style'); s.textContent = 'body{background:url(' + url + ')}';
        document.head.append(s);`,
    'a property of style': `document.body.style.backgroundImage = 'url(' + url + ')';`,
    'a FontFace': `new FontFace('x', 'url(' + url + ')').load().catch(() => {});`,
    'an EventSource': `new EventSource(url);`,
};

// Run as a script of the page's own.
async function run(page, body, url) {
    await page.goto(site('bizarre', '/'));
    await page.evaluate((code) => {
        const script = document.createElement('script');
        script.textContent = code;
        document.head.append(script);
    }, `(() => { const url = ${JSON.stringify(url)}; ${body} })();`);
}

for (const [name, body] of Object.entries(ways)) {
    story(`${name} ${enforced ? 'is stopped' : 'gets through without the wall'}`, async ({ page }) => {
        const url = 'https://www.googletagmanager.com/gtag/js?id=runtime';
        const gone = () => leaked().some((line) => line.uri.includes('id=runtime'));

        await run(page, body, url);

        if (!enforced) {
            await until(gone, 'the third party was asked');
            return;
        }

        await sleep(500);
        assert.deepEqual(leaked(), []);
    });
}

if (enforced) {
    story('the site\'s own files load', async ({ page }) => {
        const own = page.waitForResponse((response) => response.url().includes('/style.css?runtime'));
        await run(page, `fetch(url);`, '/style.css?runtime');

        assert.equal((await own).status(), 200);
    });

    story('what was accepted loads, and nothing else', async ({ page, context }) => {
        await page.goto(site('bizarre', '/_choices/'));
        const saved = await page.evaluate(async () => (await fetch('/_choices/', {
            method: 'POST',
            headers: { Accept: 'application/json' },
            body: new URLSearchParams({ decision: 'save', 'service.google-tag-manager': 'accept' }),
        })).status);

        assert.equal(saved, 200);

        await run(page, ways.fetch, 'https://www.googletagmanager.com/gtag/js?id=runtime');
        await until(() => leaked().some((line) => line.uri.includes('id=runtime')), 'the accepted service was asked');

        await run(page, ways.fetch, 'https://www.youtube.com/iframe_api?id=other');
        await sleep(500);
        assert.deepEqual(leaked().filter((line) => line.uri.includes('id=other')), []);
    });

    story('what was stopped is reported, by its host only', async ({ page }) => {
        const report = page.waitForRequest((request) => request.url().endsWith('/_choices/csp'));
        await run(page, ways.fetch, 'https://tracker.example/t.js?who=me');

        assert.equal((await (await report).response()).status(), 204);
    });
}
