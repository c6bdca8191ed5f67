/*
 * Improves what works without it. Forms are posted in the background, embeds come back in place, settings open in a
 * dialog. Whatever fails here (a policy that forbids fetch or parsing, an old browser) falls back to the plain form,
 * link or a reload.
 */
(() => {
    'use strict';

    const script = document.currentScript;

    if (!script || window.ngxConsent) {
        return;
    }

    const path = new URL('.', script.src).pathname;
    const endpoint = location.origin + path;
    const hooked = new WeakSet();       /* roots that have our listeners */
    const origins = new Set();          /* whence restored embeds come */

    let allowed = new Set((script.dataset.allowed || '').split(',').filter(Boolean));
    let banner = null, link = null, live = null, dialog = null, telling = 0, trusted = null;


    /* What the gateway knows, and what follows from it for this page. */

    const json = (url, options) => fetch(url, Object.assign({
        headers: { Accept: 'application/json' }, credentials: 'same-origin', cache: 'no-store', redirect: 'error'
    }, options)).then((response) => {
        if (!response.ok) {
            throw new Error('HTTP ' + response.status);
        }

        return response.json();
    });

    const state = () => json(endpoint + 'state');

    /* Under Trusted Types only by a policy of our own, where the page lets us make one; else this throws. */

    function parse(text) {
        if (window.trustedTypes && !trusted) {
            trusted = trustedTypes.createPolicy('ngxc', { createHTML: (html) => html });
        }

        return new DOMParser().parseFromString(trusted ? trusted.createHTML(text) : text, 'text/html');
    }

    /*
     * What the gateway made neutral for a service. An element may name several, all of which must be allowed. Only
     * embeds come back here, and only without handlers or documents of their own: a stored tag can do no more than an
     * address in it can, whoever put it into the page. The rest comes with a reload.
     */

    const services = (e) => e.dataset.ngxc.split(' ');

    const neutral = () => [...document.querySelectorAll('[data-ngxc]')];

    const waiting = (id) => neutral().filter((e) => services(e).includes(id));

    /* In style sheets only an address is neutral. Those of other origins cannot be read, and are none of ours. */

    function referred(id) {
        const mark = '#ngxc-' + id;

        function names(sheet) {
            try {
                return [...sheet.cssRules].some((rule) => rule.cssText.includes(mark) || rule.styleSheet && names(rule.styleSheet));

            } catch (error) {
                return false;
            }
        }

        return [...document.querySelectorAll('style')].some((e) => e.textContent.includes(mark)) || [...document.styleSheets].some(names);
    }

    const inPlace = (e) => e.hasAttribute('data-ngxc-tag') && e.namespaceURI === 'http://www.w3.org/1999/xhtml'
        && /^(iframe|img|source|video|audio|track|embed|object|input)$/.test(e.localName)
        && stored(e).every((a) => !/^(on.*|srcdoc)$/i.test(a.name)
            && !/^javascript:/i.test(a.value.replace(/[\s\0-\x1f]/g, '')));

    /* The tag is parsed under a harmless name, so that it is read alike whatever it may stand in. */

    function stored(e) {
        const tag = e.getAttribute('data-ngxc-tag').replace(/^<[^\s/>]+/, '<i');

        return [...parse(tag).body.firstElementChild.attributes];
    }

    /* A frame is made anew: to navigate the old one would leave an entry in the history. */

    function restore(e) {
        const attributes = stored(e);
        const framed = /^(iframe|embed|object)$/.test(e.localName);
        const live = framed ? document.createElement(e.localName) : e;
        const focused = document.activeElement === e;

        e.removeAttribute('data-ngxc');
        e.removeAttribute('data-ngxc-tag');
        attributes.forEach((a) => live.setAttributeNode(a.cloneNode()));

        ['src', 'data', 'poster'].filter((name) => live[name]).forEach((name) => {
            origins.add(new URL(live[name], document.baseURI).origin);
        });

        if (framed) {
            live.append(...e.childNodes);
            e.replaceWith(live);

            if (focused) {
                live.focus();
            }
        }

        if (/^(source|track)$/.test(live.localName) && live.parentNode.load) {
            live.parentNode.load();
        }
    }

    /* In a body that a script had kept since before the choice. */

    function revive() {
        try {
            neutral().filter((e) => services(e).every((id) => allowed.has(id)) && inPlace(e)).forEach(restore);

        } catch (error) {
            /* They stay as they are. */
        }
    }

    /* Returns whether the page stays. notice: what to tell once it is there again, if not. */

    function apply(next, notice) {
        const now = new Set(next.allowed);
        const added = [...now].filter((id) => !allowed.has(id));
        const ready = new Set([].concat(...added.map(waiting)).filter((e) => services(e).every((id) => now.has(id))));
        let stays = [...allowed].every((id) => now.has(id))
            && !added.some((id) => referred(id) || next.reload.includes(id) && waiting(id).length > 0);

        try {
            if (stays && [...ready].every(inPlace)) {
                ready.forEach(restore);

            } else {
                stays = stays && ready.size === 0;
            }
        } catch (error) {
            stays = false;
        }

        allowed = now;

        if (!next.ask) {
            dismiss();
        }

        if (link && link.shadowRoot) {
            link.shadowRoot.querySelector('form').hidden = !Object.values(next.choices).includes('accept');
        }

        document.dispatchEvent(new CustomEvent('ngxconsent:change', { detail: next }));

        if (!stays) {
            remember(notice);
            location.reload();
        }

        return stays;
    }

    /* A choice of here. What a consent manager of the page keeps back comes with the next load, and its dialog goes. */

    function take(next, notice) {
        const managed = next.bridges && !next.allowed.some((id) => !allowed.has(id) && waiting(id).length > 0);
        const stays = apply(next, notice);

        if (stays && managed) {
            remember(notice);
            location.reload();
        }

        return stays && !managed;
    }

    const refresh = () => state().then((next) => apply(next) && next.ask && !banner).catch(() => false);

    function post(fields) {
        return json(endpoint, { method: 'POST', body: new URLSearchParams(fields) }).then((next) => {
            if (channel) {
                channel.postMessage(1);
            }

            return next;
        });
    }


    /* Forms of the banner, the dialog and the placeholders. */

    function onSubmit(event) {
        const form = event.target, button = event.submitter;
        const fields = [...new FormData(form)];

        if (new URL(form.action).pathname !== path) {
            return;
        }

        if (button && button.name) {
            fields.push([button.name, button.value]);
        }

        if (fields.some((f) => f[0] === 'decision' && f[1] === 'accept-once')) {
            return;
        }

        event.preventDefault();

        if (form.dataset.busy) {
            return;
        }

        form.dataset.busy = '1';

        post(fields).then((next) => {
            if (dialog) {
                dialog.close();
            }

            if (take(next, next.notice)) {
                tell(next.notice);
            }
        }, () => submitPlainly(form, button)).finally(() => {
            delete form.dataset.busy;
        });
    }

    function submitPlainly(form, button) {
        if (button && button.name) {
            const field = form.ownerDocument.createElement('input');

            field.type = 'hidden';
            field.name = button.name;
            field.value = button.value;
            form.append(field);
        }

        HTMLFormElement.prototype.submit.call(form);
    }

    function onClick(event) {
        const target = event.composedPath()[0];
        const a = target.closest && target.closest('a[href]');

        if (!a || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey
            || event.altKey || /^_blank$/i.test(a.target) || location.pathname === path)
        {
            return;
        }

        const url = new URL(a.href);

        if (url.origin === location.origin && url.pathname === path) {
            event.preventDefault();
            open(url.href, a);
        }
    }

    function hook(root) {
        if (!hooked.has(root)) {
            hooked.add(root);
            root.addEventListener('submit', onSubmit);

            if (root.nodeType === Node.DOCUMENT_NODE) {
                root.addEventListener('click', onClick);
            }
        }
    }

    function hookFrame(frame) {
        try {
            if (frame.dataset.ngxc && new URL(frame.contentDocument.URL).pathname.startsWith(path)) {
                hook(frame.contentDocument);
            }
        } catch (error) {
            /* Another origin: not ours to read. */
        }
    }


    /* The settings, in a dialog of their own tree. */

    async function open(href, opener) {
        const url = new URL(href || endpoint);

        if (!url.searchParams.has('lang')) {
            url.searchParams.set('lang', document.documentElement.lang);
        }

        try {
            const response = await fetch(url, {
                headers: { Accept: 'text/html' }, credentials: 'same-origin'
            });

            show(parse(await response.text()), opener || document.activeElement);

        } catch (error) {
            location.assign(url);
        }
    }

    function show(page, opener) {
        const main = document.createElement('div');     /* the page has a main of its own */
        const settings = page.getElementById('ngxc-settings');
        const host = document.createElement('div');
        const root = host.attachShadow({ mode: 'open' });
        const box = document.createElement('dialog');

        if (dialog) {
            dialog.close();
        }

        main.id = settings.id;
        main.className = settings.className;
        main.append(...settings.childNodes);

        const title = main.querySelector('h1');

        main.querySelectorAll('h1, h2, h3').forEach((h) => h.setAttribute('aria-level', +h.localName[1] + 1));
        main.querySelector('.close').hidden = false;
        main.querySelector('.close button').addEventListener('click', () => box.close());

        title.id = 'ngxc-title';
        title.tabIndex = -1;
        title.autofocus = true;

        host.id = 'ngxc-dialog';
        host.lang = page.documentElement.lang;
        box.dir = page.documentElement.dir;     /* the page's style sheet does not reach it there */

        box.className = 'ngxc-dialog';
        box.setAttribute('aria-labelledby', title.id);
        box.append(main);

        box.addEventListener('close', () => {
            host.remove();
            dialog = null;

            if (opener && opener.isConnected) {
                opener.focus();
            }
        });

        const styles = [...page.querySelectorAll('link[rel=stylesheet]')].map((e) => document.importNode(e));

        styles[0].onload = styles[0].onerror = () => box.isConnected && !box.open && box.showModal();
        root.append(...styles, box);
        hook(root);

        dialog = box;
        document.body.append(host);
    }


    /*
     * What a choice is answered with: read out, and shown while it has a number that is shown only once. Where the page
     * is loaded again, it waits in the entry of the history.
     */

    function tell(notice) {
        const root = live.shadowRoot || live.attachShadow({ mode: 'open' });
        let page;

        try {
            page = parse(notice);

        } catch (error) {
            return;
        }

        const styles = [...page.querySelectorAll('link')];
        const loaded = styles.map((link) => new Promise((done) => { link.onload = link.onerror = done; }));

        root.replaceChildren(...styles);

        /* A status that is new, or not in its place yet, is not read out. */
        Promise.all([new Promise((done) => setTimeout(done, 150)), ...loaded]).then(() => {
            root.append(...page.body.children);
            root.querySelectorAll('button').forEach((button) => button.addEventListener('click', hush));
        });
    }

    function hush() {
        if (live && live.shadowRoot) {
            live.shadowRoot.replaceChildren();
        }
    }

    function remember(notice) {
        if (notice && typeof history.state === 'object') {
            history.replaceState(Object.assign({}, history.state, { ngxc: notice }), '');
        }
    }

    function recall() {
        const before = history.state;

        if (before && before.ngxc) {
            history.replaceState(Object.assign({}, before, { ngxc: undefined }), '');
            tell(before.ngxc);
        }
    }


    /* Neither the banner nor a notice over it lies on the end of the page, nor on what has the focus. */

    const sizes = new ResizeObserver(() => {
        const style = document.documentElement.style;
        const told = telling, under = banner && !banner.dataset.position ? banner.offsetHeight : 0;

        if (banner) {
            style.setProperty('--ngxc-room', banner.offsetHeight + 'px');
        }

        live.style.setProperty('--ngxc-under', under + 'px');
        telling = live.offsetHeight > 1 ? live.offsetHeight : 0;

        if (telling || told) {
            ['padding-block-end', 'scroll-padding-block-end'].forEach((name) => {
                style.setProperty(name, telling ? under + telling + 'px' : '', 'important');
            });
        }
    });


    /* The banner and the permanent link: shadow tree made where the parser did not. */

    function dismiss() {
        if (banner) {
            sizes.unobserve(banner);
            banner.remove();
            banner = null;
            document.documentElement.style.removeProperty('--ngxc-room');
        }
    }

    function setUpTree(host) {
        const template = host.querySelector('template[shadowrootmode]');

        if (!host.shadowRoot && template) {
            host.attachShadow({ mode: 'open' }).append(template.content);
            template.remove();
        }

        if (host.shadowRoot) {
            hook(host.shadowRoot);
        }
    }

    /*
     * Scripts that put another body in (Turbo, htmx) drop our elements, or bring copies of them, which have no tree. An
     * element with one is from the gateway. Returns ours, put back where it was lost with the body; who takes away our
     * elements alone means it.
     */

    function keep(id, ours, swapped, put) {
        document.querySelectorAll('#' + id).forEach((e) => {
            if (e === ours) {
                return;
            }

            if (!e.shadowRoot && !e.querySelector('template')) {
                e.remove();
                return;
            }

            if (ours) {
                ours.remove();
            }

            ours = e;
            setUpTree(e);
        });

        if (ours && !ours.isConnected && swapped) {
            put(ours);
        }

        return ours;
    }

    function setUp() {
        const first = !live, swapped = !first && !live.isConnected;
        const linked = () => [...document.links].some((a) => a.pathname === path && !a.closest('[id^=ngxc-]'));

        if (first) {
            live = document.createElement('div');
            live.id = 'ngxc-status';
            live.setAttribute('role', 'status');
            live.style.cssText = 'position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)';
        }

        if (swapped) {
            dialog = null;
            hush();
        }

        keep('ngxc-dialog', dialog && dialog.getRootNode().host, false);
        banner = keep('ngxc-banner', banner, swapped, (e) => document.body.prepend(e));
        link = keep('ngxc-link', link, swapped && !linked(), (e) => document.body.append(e));
        live = keep('ngxc-status', live, first || swapped, (e) => document.body.append(e));

        [banner, live].forEach((e) => e && sizes.observe(e));

        document.querySelectorAll('iframe[data-ngxc]').forEach(hookFrame);

        swaps.observe(document.documentElement, { childList: true });
        swaps.observe(document.body, { childList: true });

        if (first) {
            recall();

            if (channel && location.pathname === path && document.querySelector('.ngxc-page .status p')) {
                channel.postMessage(1);     /* a choice was saved by a plain form */
            }
        }

        if (swapped) {
            revive();
        }
    }


    const swaps = new MutationObserver(() => document.body && setUp());
    const channel = window.BroadcastChannel ? new BroadcastChannel('ngxc') : null;

    if (channel) {
        channel.onmessage = refresh;
    }

    /* A page that was kept as it was takes up the choice of now; the question that it lacks is asked by a fresh one. */

    window.addEventListener('pagehide', hush);
    window.addEventListener('pageshow', (event) => {
        if (event.persisted) {
            refresh().then((lacks) => lacks && location.reload());
        }
    });

    document.addEventListener('load', (event) => event.target.localName === 'iframe' && hookFrame(event.target), true);
    document.addEventListener('click', onClick);

    /*
     * This page's own policy was made for the services of before: what it stops of the new ones comes with the next
     * load.
     */

    document.addEventListener('securitypolicyviolation', (event) => {
        if (event.disposition === 'enforce' && [...origins].some((origin) => event.blockedURI.startsWith(origin))) {
            origins.clear();
            location.reload();
        }
    });

    const answer = (id, yes) => post([['decision', 'save'], ['service.' + id, yes]]).then((next) => {
        take(next);

        return next;
    });

    window.ngxConsent = Object.freeze({
        state,
        accept: (id) => navigator.userActivation && navigator.userActivation.isActive
            ? answer(id, 'accept') : Promise.reject(new Error('ngxConsent.accept() needs a gesture of the visitor')),
        refuse: (id) => answer(id, 'refuse'),
        open: () => open()
    });

    if (document.readyState === 'loading') {
        document.addEventListener('DOMContentLoaded', setUp);

    } else {
        setUp();
    }
})();
