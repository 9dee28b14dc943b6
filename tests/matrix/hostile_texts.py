"""Texts that users may store, and that break careless pages."""

RUN = "window.executed=1"

# Pages show these as they are.
SHOWN = [
    f"<script>{RUN}</script>",
    f"</title><script>{RUN}</script>",
    f"</textarea><script>{RUN}</script>",
    f"<ScRiPt>{RUN}</sCrIpT>",
    f"<<script>{RUN}//<</script>",
    f"<img src=x onerror={RUN}>",
    f"<svg onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>",
    f'<iframe srcdoc="<script>parent.{RUN}</script>">',
    f"<body onload={RUN}>",
    f"<details open ontoggle={RUN}>",
    f'"><script>{RUN}</script>',
    f"' onmouseover='{RUN}",
    f'" autofocus onfocus="{RUN}',
    f"javascript:{RUN}",
    f'<a href="javascript:{RUN}">a</a>',
    f'<form action="javascript:{RUN}"><button>b</button></form>',
    '<meta http-equiv="refresh" content="0;url=/nowhere">',
    '<base href="//example.com/">',
    "<style>body{display:none}</style>",
    '<link rel="stylesheet" href="/nowhere.css">',
    "<plaintext>",
    "<!--",
    "]]>",
    "&lt;b&gt; &amp; &#x3c;",
    "{{ 7 * 7 }}",
    "{% raw %}{{ config }}",
    "${7*7} #{7*7} <%= 7*7 %>",
    "{{constructor.constructor('window.executed=1')()}}",
    "%s %(name)s {0} {name}",
    "=cmd|' /C calc'!A0",
    "../../etc/passwd",
    "'; DROP TABLE items; --",
    "\u202eright to left",
    "a\u0301\u0302\u0303\u0304\u0305\u0306\u0307",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467",
    "\ufeffwith a byte order mark",
    "\ufffd\ufffe\U0010ffff",
    "w" * 200,
    "\u6f22" * 200,
]

# No database stores these.
REFUSED = ["a\x00b"]
