# SPDX-License-Identifier: Apache-2.0
"""stubs.py: what protoc makes of our protos, made anew for each run, and calls over grpcio on top of it."""
import glob
import importlib
import os
import subprocess
import sys
import tempfile

from report import skip

try:
    import grpc
    import google.protobuf
    import google
except ImportError as missing:
    skip("grpcio", "Debian's python3-grpcio and python3-protobuf are not installed (%s)" % missing)

SOURCE = os.path.realpath(os.path.join(os.path.dirname(__file__), "../../.."))
MODULES = {}
CODES = {code.value[0]: code.name for code in grpc.StatusCode}
folder = tempfile.TemporaryDirectory(prefix="gaon-stubs.")


def _generate():
    root = os.path.join(SOURCE, "proto")
    protos = sorted(os.path.relpath(path, root) for path in glob.glob(root + "/**/*.proto", recursive=True))
    subprocess.run(["protoc", "-I", root, "--python_out=" + folder.name] + protos, check=True)
    sys.path.insert(0, folder.name)
    # google and grpc are packages of others already: ours stand beside theirs.
    google.__path__.append(os.path.join(folder.name, "google"))
    grpc.__path__.append(os.path.join(folder.name, "grpc"))
    for proto in protos:
        MODULES[proto] = importlib.import_module(proto[:-6].replace("/", ".").replace("-", "_") + "_pb2")


_generate()
status_pb2 = MODULES["google/rpc/status.proto"]
details_pb2 = MODULES["google/rpc/error_details.proto"]
health_pb2 = MODULES["grpc/health/v1/health.proto"]

try:
    from google.protobuf.message_factory import GetMessageClass
except ImportError:
    from google.protobuf.message_factory import MessageFactory

    def GetMessageClass(descriptor):
        return MessageFactory(descriptor.file.pool).GetPrototype(descriptor)


def services():
    """Every service of gaon: short name to descriptor."""
    return {service.name[:-len("Service")].lower(): service
            for proto, module in MODULES.items() if proto.startswith("gaon/")
            for service in module.DESCRIPTOR.services_by_name.values()}


def is_server_streaming(method):
    from google.protobuf import descriptor_pb2
    proto = descriptor_pb2.ServiceDescriptorProto()
    method.containing_service.CopyToProto(proto)
    return next(one.server_streaming for one in proto.method if one.name == method.name)


class Refused(Exception):
    """A call that was not answered OK, with google.rpc's details read."""

    def __init__(self, error):
        self.code = error.code().name
        self.message = error.details() or ""
        self.reason = ""
        self.domain = ""
        self.metadata = {}
        self.fields = {}
        self.resource = None
        self.retry = None
        self.raw = b""
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                self.raw = value
                self._read(status_pb2.Status.FromString(value))
        super().__init__("%s / %s: %s %s" % (self.code, self.reason, self.message, self.fields or ""))

    def _read(self, status):
        self.status = status
        for detail in status.details:
            kind = detail.type_url.rpartition(".")[2]
            message = getattr(details_pb2, kind).FromString(detail.value)
            if kind == "ErrorInfo":
                self.reason, self.domain, self.metadata = message.reason, message.domain, dict(message.metadata)
            elif kind == "BadRequest":
                self.fields = {one.field: one.description for one in message.field_violations}
            elif kind == "ResourceInfo":
                self.resource = (message.resource_type, message.resource_name)
            elif kind == "RetryInfo":
                self.retry = message.retry_delay


class Service:
    """client.iam.CreateTenant(parent=…, tenant={…}): one method per RPC; a request is made from keywords, or given whole."""

    def __init__(self, client, descriptor):
        for method in descriptor.methods:
            setattr(self, method.name, self._caller(client, method))

    @staticmethod
    def _caller(client, method):
        request_class = GetMessageClass(method.input_type)
        reply_class = GetMessageClass(method.output_type)
        path = "/%s/%s" % (method.containing_service.full_name, method.name)
        if is_server_streaming(method):
            def stream(request=None, timeout=30, **fields):
                return client.stream(path, request or request_class(**fields), reply_class, timeout)
            return stream

        def unary(request=None, timeout=30, **fields):
            return client.unary(path, request if request is not None else request_class(**fields), reply_class, timeout)
        return unary


class Client:
    """One caller: an address and a credential (or none)."""

    def __init__(self, address, secret=None, metadata=()):
        self.channel = grpc.insecure_channel(address, options=(("grpc.max_receive_message_length", 64 << 20),
                                                               ("grpc.max_send_message_length", 64 << 20),
                                                               ("grpc.use_local_subchannel_pool", 1)))
        self.metadata = list(metadata)
        self.paths = {}
        if secret:
            self.metadata.append(("authorization", "Bearer " + secret))
        for name, descriptor in services().items():
            setattr(self, name, Service(self, descriptor))

    def unary(self, path, request, reply_class, timeout=30):
        """A request may be bytes, to say what no message can."""
        if (path, reply_class) not in self.paths:
            self.paths[path, reply_class] = self.channel.unary_unary(
                path, request_serializer=lambda one: one if isinstance(one, bytes) else one.SerializeToString(),
                response_deserializer=reply_class.FromString)
        try:
            return self.paths[path, reply_class](request, timeout=timeout, metadata=self.metadata)
        except grpc.RpcError as error:
            raise Refused(error) from None

    def stream(self, path, request, reply_class, timeout=30):
        call = self.channel.unary_stream(
            path, request_serializer=lambda one: one if isinstance(one, bytes) else one.SerializeToString(),
            response_deserializer=reply_class.FromString)
        try:
            yield from call(request, timeout=timeout, metadata=self.metadata)
        except grpc.RpcError as error:
            raise Refused(error) from None

    def close(self):
        self.channel.close()


def pages(method, field, **fields):
    """All of a list, page by page."""
    found, token = [], ""
    while True:
        reply = method(page_token=token, **fields)
        found += getattr(reply, field)
        token = reply.next_page_token
        if not token:
            return found
