"""A web server on this machine."""
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def serving(files):
    """Serve files while it lasts.

    Args:
        files (dict[str, tuple[bytes, int]]): Content and announced length by
            name; read at each request.

    Yields:
        tuple[str, list[str]]: The URL of the folder; the names that were
        asked for.
    """
    asked = []

    class Handler(BaseHTTPRequestHandler):

        def do_GET(self):
            name = self.path.lstrip('/')
            asked.append(name)
            if name not in files:
                self.send_error(404)
                return
            content, length = files[name]
            self.send_response(200)
            self.send_header('Content-Length', str(length))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f'http://127.0.0.1:{server.server_port}', asked
    finally:
        server.shutdown()
        server.server_close()
