"""Signing a person in with Microsoft's client: with a code on another device, and in a browser that this file plays."""

import html
import json
import re
import ssl
import threading
import urllib.parse
import urllib.request

ARM = "https://management.azure.com/.default"


def turn(info: dict, **knobs: object) -> None:
    """Turns knobs of the lab."""
    body = json.dumps({"cloud": knobs}).encode()
    urllib.request.urlopen(info["control"] + "/knobs", data=body).read()


def sign_in(info: dict):
    """Signs the owner in both ways; answers the credential of the browser."""
    from azure.identity import DeviceCodeCredential, InteractiveBrowserCredential

    client = {
        "tenant_id": info["tenant"]["id"],
        "client_id": info["public_client_id"],
        "authority": info["authority"],
        "disable_instance_discovery": True,
    }

    def approve(_address: str, code: str, _expires: object) -> None:
        turn(info, device_code={"user_code": code, "person": "owner"})

    device = DeviceCodeCredential(prompt_callback=approve, **client)
    assert device.get_token(ARM).token.count(".") == 2
    # Another service, by the refresh token and without another code.
    assert device.get_token("https://api.loganalytics.io/.default").token.count(".") == 2

    turn(info, auto_consent={"person": "owner"})
    with playing_browser(info):
        browser = InteractiveBrowserCredential(**client)
        assert browser.get_token(ARM).token.count(".") == 2
    return browser


class playing_browser:
    """While it lasts, whoever opens a browser gets one that follows the authority back to the client."""

    def __init__(self, info: dict) -> None:
        self.trust = ssl.create_default_context(cafile=info["ca_file"])

    def __enter__(self) -> None:
        from azure.identity._credentials import browser

        self.module, self.before = browser, browser._open_browser
        browser._open_browser = self.open

    def __exit__(self, *_: object) -> None:
        self.module._open_browser = self.before

    def open(self, url: str) -> bool:
        threading.Thread(target=self.follow, args=[url]).start()
        return True

    def follow(self, url: str) -> None:
        page = urllib.request.urlopen(url, context=self.trust).read().decode()
        back = html.unescape(re.search(r'action="([^"]+)"', page)[1])
        fields = {name: html.unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', page)}
        urllib.request.urlopen(back, data=urllib.parse.urlencode(fields).encode()).read()
