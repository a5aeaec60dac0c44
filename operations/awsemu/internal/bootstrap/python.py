"""Runs the handler that _HANDLER names (MODULE.FUNCTION) for the invocations
that the Lambda Runtime API gives out, as the runtime of AWS does."""
import decimal
import http.client
import importlib
import json
import logging
import math
import os
import sys
import time
import traceback

BASE = "/2018-06-01/runtime/"
AS_JSON = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"


class Client:
    def __init__(self, about):
        for name in ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"):
            setattr(self, name, about.get(name))


class ClientContext:
    def __init__(self, about):
        self.client = Client(about["client"]) if about.get("client") else None
        self.custom = about.get("custom")
        self.env = about.get("env")


class CognitoIdentity:
    def __init__(self, about):
        self.cognito_identity_id = about.get("cognitoIdentityId")
        self.cognito_identity_pool_id = about.get("cognitoIdentityPoolId")


class Context:
    def __init__(self, headers):
        env = os.environ
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.log_group_name = env.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = env.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = env.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = env.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = env.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers.get("Lambda-Runtime-Invoked-Function-Arn")
        self.tenant_id = headers.get("Lambda-Runtime-Aws-Tenant-Id")
        client = headers.get("Lambda-Runtime-Client-Context")
        self.client_context = ClientContext(json.loads(client)) if client else None
        identity = headers.get("Lambda-Runtime-Cognito-Identity")
        self.identity = CognitoIdentity(json.loads(identity) if identity else {})
        self._deadline = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline - int(time.time() * 1000))

    def log(self, message):
        sys.stdout.write(str(message))


class RequestFilter(logging.Filter):
    """Tells every record which invocation it is of."""
    request = ""

    def filter(self, record):
        record.aws_request_id = RequestFilter.request
        return True


class JsonFormatter(logging.Formatter):
    converter = time.gmtime

    def format(self, record):
        line = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"), "level": record.levelname,
            "message": record.getMessage(), "logger": record.name, "requestId": RequestFilter.request,
        }
        if record.exc_info:
            kind, error, trace = record.exc_info
            line.update(errorType=kind.__name__, errorMessage=str(error), stackTrace=traceback.format_tb(trace))
        return json.dumps(line, ensure_ascii=False)


class Output(logging.StreamHandler):
    """Writes to whatever sys.stdout is, a line for each record."""
    def __init__(self):
        super().__init__(sys.stdout)

    def emit(self, record):
        sys.stdout.write(self.format(record) + "\n")


def set_up_logs():
    sys.stdout.reconfigure(line_buffering=True, write_through=True, errors="backslashreplace")
    sys.stderr.reconfigure(write_through=True, errors="backslashreplace")
    logging.Formatter.converter = time.gmtime
    handler = Output()
    handler.setFormatter(JsonFormatter() if AS_JSON else logging.Formatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"))
    handler.addFilter(RequestFilter())
    root = logging.getLogger()
    root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL")
    if AS_JSON and level:
        root.setLevel({"TRACE": "DEBUG", "FATAL": "CRITICAL"}.get(level, level))


class MarshalError(Exception):
    pass


def plain(value):
    if isinstance(value, decimal.Decimal):
        return math.nan if value.is_nan() else float(value)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode()
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


def marshal(value):
    # From 3.12 on AWS leaves characters as they are.
    old = os.environ.get("AWS_EXECUTION_ENV", "") in ("AWS_Lambda_python3.%d" % n for n in range(6, 12))
    return json.dumps(value, default=plain, ensure_ascii=old).encode()


def told_of(kind, message, trace=(), request=None):
    told = {"errorMessage": message, "errorType": kind}
    if request is not None:
        told["requestId"] = request
    told["stackTrace"] = list(trace)
    return told


def own(frame):
    return frame.filename == __file__ or "importlib" in frame.filename


def describe(error, request=None):
    """The error as the Runtime API gets it, without the frames of this file."""
    frames = traceback.extract_tb(error.__traceback__)
    while frames and own(frames[0]):
        frames = frames[1:]
    return told_of(type(error).__name__, str(error), traceback.format_list(frames), request)


def log_error(told):
    if AS_JSON:
        line = {"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "log_level": "ERROR", **told}
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
        return
    text = "[ERROR] %s: %s\n" % (told["errorType"], told["errorMessage"])
    if told["stackTrace"]:
        text += "Traceback (most recent call last):\n" + "".join(told["stackTrace"])
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


class Api:
    def __init__(self):
        self.connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
        self.request = self.connection.request
        self.getresponse = self.connection.getresponse

    def send(self, method, where, body=None, headers=None):
        self.request(method, BASE + where, body, headers or {})
        response = self.getresponse()
        return response.headers, response.read()

    def report(self, where, told):
        kind = told["errorType"]
        if not (kind.isascii() and kind.isprintable()):
            kind = "Error"
        headers = {"Lambda-Runtime-Function-Error-Type": kind, "Content-Type": "application/json"}
        self.send("POST", where, json.dumps(told).encode(), headers)


def fail(api, told):
    log_error(told)
    api.report("init/error", told)
    sys.exit(1)


def load(api):
    text = os.environ["_HANDLER"]
    name, dot, function = text.rpartition(".")
    if not dot:
        fail(api, told_of("Runtime.MalformedHandlerName", "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % text))
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    try:
        module = importlib.import_module(name.replace("/", "."))
    except ImportError as error:
        fail(api, told_of("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (name, error)))
    except SyntaxError as error:
        trace = ['  File "%s" Line %s\n    %s' % (error.filename, error.lineno, (error.text or "").strip())]
        fail(api, told_of("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (name, error), trace))
    except Exception as error:
        fail(api, describe(error))
    if not hasattr(module, function):
        fail(api, told_of("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (function, name)))
    return getattr(module, function)


def answer(handler, body, headers, request):
    try:
        event = json.loads(body)
    except ValueError as error:
        raise MarshalError("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error) from error
    value = handler(event, Context(headers))
    try:
        return marshal(value)
    except Exception as error:
        raise MarshalError("Runtime.MarshalError", "Unable to marshal response: %s" % error) from error


def serve(api, handler):
    headers, body = api.send("GET", "invocation/next")
    request = headers.get("Lambda-Runtime-Aws-Request-Id")
    if request is None:
        sys.exit(0)
    RequestFilter.request = request
    trace = headers.get("Lambda-Runtime-Trace-Id")
    if trace:
        os.environ["_X_AMZN_TRACE_ID"] = trace
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    try:
        text = answer(handler, body, headers, request)
    except MarshalError as error:
        told = told_of(*error.args, request=request)
    except Exception as error:
        told = describe(error, request)
    else:
        sys.stdout.flush()
        api.send("POST", "invocation/%s/response" % request, text, {"Content-Type": "application/json"})
        return
    log_error(told)
    sys.stdout.flush()
    api.report("invocation/%s/error" % request, told)


def main():
    api = Api()
    set_up_logs()
    handler = load(api)
    while True:
        serve(api, handler)


if __name__ == "__main__":
    main()
