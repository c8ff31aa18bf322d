"""Client and service of the gRPC project for Python. Commands come as lines of JSON, answers go as lines of JSON."""

import base64
import json
import sys
import threading
from concurrent import futures

import grpc

SERVICE = "/frequenz.api.dispatch.v1.MicrogridDispatchService"
lock = threading.Lock()


def tell(**line):
    with lock:
        print(json.dumps(line), flush=True)


def decode(text):
    return base64.b64decode(text)


def encode(data):
    return base64.b64encode(data).decode()


def call(channel, asked):
    import time

    metadata = [
        (name, decode(value["bytes"]) if isinstance(value, dict) else value)
        for name, value in asked.get("metadata", {}).items()
    ]
    compression = grpc.Compression.Gzip if asked.get("isCompressed") else None
    timeout = asked.get("timeoutMs")
    stream = channel.unary_stream(asked["path"])(
        decode(asked["request"]),
        timeout=None if timeout is None else timeout / 1000,
        metadata=metadata,
        compression=compression,
    )
    messages = []
    try:
        for message in stream:
            messages.append(encode(message))
            if len(messages) >= asked.get("cancelAfter", float("inf")):
                stream.cancel()
            if asked.get("delayMs"):
                time.sleep(asked["delayMs"] / 1000)
    except grpc.RpcError:
        pass
    trailers = dict(stream.trailing_metadata() or [])
    details = trailers.get("grpc-status-details-bin")
    tell(
        id=asked["id"],
        code=stream.code().value[0],
        message=stream.details() or "",
        messages=messages,
        details=None if details is None else encode(details),
    )


class Service(grpc.GenericRpcHandler):
    def __init__(self, canned):
        self.canned = canned
        self.cancellations = 0

    def service(self, details):
        is_stream = details.method.endswith("StreamMicrogridDispatches")
        return grpc.unary_stream_rpc_method_handler(lambda request, context: self.answer(request, context, is_stream))

    def cancelled(self):
        self.cancellations += 1

    def answer(self, request, context, is_stream):
        message = decode(self.canned["event" if is_stream else "get"])
        microgrid = request[1] if len(request) > 1 else 0
        if microgrid == 2:
            context.set_trailing_metadata((("grpc-status-details-bin", decode(self.canned["status"])),))
            context.abort(grpc.StatusCode.NOT_FOUND, "nicht gefunden: ü €")
        if microgrid == 3:
            gone = threading.Event()
            context.add_callback(gone.set)
            context.send_initial_metadata(())
            gone.wait()
            self.cancelled()
            return
        if microgrid == 4:
            context.set_compression(grpc.Compression.Gzip)
        if microgrid == 5:
            context.set_trailing_metadata((("more-bin", bytes([0, 255])),))
        if microgrid == 6:
            for _ in range(3):
                yield message
            context.abort(grpc.StatusCode.UNAVAILABLE, "broken")
        if microgrid == 7:
            yield decode(self.canned["large"])
            return
        for _ in range(self.canned["events"] if is_stream else 1):
            yield message


def main():
    service = channel = None
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["do"] == "connect":
            channel = grpc.insecure_channel(
                f"127.0.0.1:{asked['port']}",
                options=[("grpc.max_receive_message_length", -1), ("grpc.enable_retries", 0)],
            )
            tell(id=asked["id"])
        elif asked["do"] == "call":
            threading.Thread(target=call, args=(channel, asked), daemon=True).start()
        elif asked["do"] == "serve":
            service = Service(asked)
            server = grpc.server(
                futures.ThreadPoolExecutor(64),
                handlers=[service],
                options=[("grpc.max_concurrent_streams", asked["streamsMax"]), ("grpc.max_send_message_length", -1)],
            )
            port = server.add_insecure_port("127.0.0.1:0")
            server.start()
            tell(id=asked["id"], port=port)
        else:
            tell(id=asked["id"], cancellations=service.cancellations)


main()
