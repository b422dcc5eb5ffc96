"""The one small page, with a form and its token, that both assemblies render."""

HEAD = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Portal</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head><body><main><h1>{{ title }}</h1>
<p>{{ words }}</p>"""
FORM = """<form method="post" action="{{ action }}">{% csrf_token %}<label>Username
<input name="username" autocomplete="username" required></label><label>Password
<input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button></form>"""
FOOT = "</main></body></html>"
PAGE = HEAD + FORM + FOOT
PLAIN = HEAD + "{% csrf_token %}" + FOOT
