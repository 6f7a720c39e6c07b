#!/usr/bin/python3
"""Takes TLS apart on the way to the site, as a proxy does that inspects traffic: relay.py PORT CERTIFICATE KEY TARGET_PORT.

The certificate is as good as the site's own, but it is another one, and so is the channel."""
import asyncio
import ssl
import sys

port, certificate, key, target = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
inside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
inside.load_cert_chain(certificate, key)
outside = ssl.create_default_context()
outside.check_hostname, outside.verify_mode = False, ssl.CERT_NONE


async def pump(source, sink):
    try:
        while data := await source.read(1 << 16):
            sink.write(data)
            await sink.drain()
    except OSError:
        pass
    sink.close()


async def serve(client, to_client):
    site, to_site = await asyncio.open_connection("127.0.0.1", target, ssl=outside)
    await asyncio.gather(pump(client, to_site), pump(site, to_client))


async def main():
    async with await asyncio.start_server(serve, "127.0.0.1", port, ssl=inside) as server:
        await server.serve_forever()


asyncio.run(main())
