"""Server and client of the gRPC project for Python, in processes of their own, beside which others are measured.

`grpcio.py server ANSWER` tells its port and answers a get by these bytes in base64; `grpcio.py client PORT REQUEST`
obeys `get N`, with 32 in flight. Both obey `usage`.
"""

import base64
import json
import sys
import threading
import time
from concurrent import futures

import grpc

METHOD = "/frequenz.api.dispatch.v1.MicrogridDispatchService/GetMicrogridDispatch"


def tell(**line):
    print(json.dumps(line), flush=True)


def obey(hello, commands):
    tell(**hello)
    for line in sys.stdin:
        name, count = line.split()
        if name == "usage":
            tell(cpu=time.process_time() * 1e6)
        else:
            tell(**commands[name](int(count)))


def serve(answer):
    class Service(grpc.GenericRpcHandler):
        def service(self, details):
            return grpc.unary_unary_rpc_method_handler(lambda request, context: answer)

    server = grpc.server(futures.ThreadPoolExecutor(8), handlers=[Service()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    obey({"port": port}, {})


def ask(port, request):
    channel = grpc.insecure_channel(f"127.0.0.1:{port}")
    call = channel.unary_unary(METHOD)

    def get(count):
        begin, before = time.monotonic(), time.process_time()
        free = threading.Semaphore(32)
        calls = []
        for _ in range(count):
            free.acquire()
            calls.append(call.future(request))
            calls[-1].add_done_callback(lambda _: free.release())
        for one in calls:
            one.result()
        return {"millis": (time.monotonic() - begin) * 1e3, "cpu": (time.process_time() - before) * 1e6}

    obey({}, {"get": get})


if sys.argv[1] == "server":
    serve(base64.b64decode(sys.argv[2]))
else:
    ask(int(sys.argv[2]), base64.b64decode(sys.argv[3]))
