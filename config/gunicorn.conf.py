"""How gunicorn serves the site: gunicorn --config config/gunicorn.conf.py config.wsgi"""

import gc
import multiprocessing
import os

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_CONCURRENCY") or 2 * multiprocessing.cpu_count() + 1)
# A worker waiting for the database, or decoding a photo, answers others meanwhile.
threads = 4
timeout = 60  # seconds; six large photos over a slow line are buffered by the proxy before they get here
max_requests = 5000  # image libraries keep memory they once used; a fresh worker gives it back
max_requests_jitter = 500
# Threads of a worker touch this file to show that it lives; on a disk that can stall it.
MEMORY = "/dev/shm"  # noqa: S108
worker_tmp_dir = MEMORY if os.path.isdir(MEMORY) else None
# Nothing manages a running server but signals; the socket for it would be written to a home folder.
control_socket_disable = True
accesslog = "-"
# Neither the client's address, nor the query string, nor the referring page: they would tell who asked for what.
access_log_format = "%(t)s %(m)s %(U)s %(s)s %(B)s bytes %(M)s ms"


def post_worker_init(worker):
    """Let Python look for rubbish less often: a page makes thousands of objects that are gone when it is answered.

    With Python's own threshold of 700 a quarter of the time of a board of figures went into looking.
    """
    gc.freeze()
    gc.set_threshold(20_000)
