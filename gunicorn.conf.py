"""How gunicorn serves the pages: a few threads in each worker, so that a slow reader holds nobody up."""

import os

bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 4
keepalive = 30
limit_request_line = 0  # whatever somebody pastes into the search box gets a page, not a refusal
max_requests = 20_000  # a fresh worker now and then
max_requests_jitter = 2_000
loglevel = "warning"
control_socket_disable = True  # nobody steers it while it runs, and two instances would share the socket's path
