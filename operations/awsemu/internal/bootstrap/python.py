"""Runs the handler that _HANDLER names (MODULE.FUNCTION) for the invocations
that the Lambda Runtime API gives out."""
import http.client
import importlib
import json
import os
import sys
import time
import traceback

BASE = "/2018-06-01/runtime/"


class Context:
    def __init__(self, headers):
        env = os.environ
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = env.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = env.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = env.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = env.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = env.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.identity = None
        client = headers.get("Lambda-Runtime-Client-Context")
        self.client_context = json.loads(client) if client else None
        self._deadline = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline - int(time.time() * 1000))


def describe(error):
    trace = traceback.format_exception(type(error), error, error.__traceback__)
    return {"errorType": type(error).__name__, "errorMessage": str(error), "stackTrace": trace[1:-1]}


class Api:
    def __init__(self):
        self.connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])

    def send(self, method, where, body=None, headers=None):
        self.connection.request(method, BASE + where, body, headers or {})
        response = self.connection.getresponse()
        return response.headers, response.read()

    def report(self, where, told):
        headers = {"Lambda-Runtime-Function-Error-Type": told["errorType"]}
        self.send("POST", where, json.dumps(told).encode(), headers)


def fail(api, told):
    print("[ERROR] {errorType}: {errorMessage}".format(**told), file=sys.stderr, flush=True)
    api.report("init/error", told)
    sys.exit(1)


def load(api):
    text = os.environ["_HANDLER"]
    name, dot, function = text.rpartition(".")
    if not dot:
        fail(api, {"errorType": "Runtime.MalformedHandlerName", "errorMessage": "Bad handler '%s': not enough values to unpack" % text})
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    try:
        module = importlib.import_module(name.replace("/", "."))
    except ImportError as error:
        fail(api, {"errorType": "Runtime.ImportModuleError", "errorMessage": "Unable to import module '%s': %s" % (name, error)})
    except BaseException as error:
        fail(api, describe(error))
    handler = getattr(module, function, None)
    if handler is None:
        fail(api, {"errorType": "Runtime.HandlerNotFound", "errorMessage": "Handler '%s' missing on module '%s'" % (function, name)})
    return handler


def serve(api, handler):
    headers, body = api.send("GET", "invocation/next")
    request = headers.get("Lambda-Runtime-Aws-Request-Id")
    if request is None:
        sys.exit(0)
    try:
        answer = json.dumps(handler(json.loads(body), Context(headers))).encode()
    except Exception as error:
        told = describe(error)
        print("[ERROR] {errorType}: {errorMessage}".format(**told), file=sys.stderr, flush=True)
        told["requestId"] = request
        api.report("invocation/%s/error" % request, told)
        return
    finally:
        sys.stdout.flush()
    api.send("POST", "invocation/%s/response" % request, answer)


def main():
    api = Api()
    handler = load(api)
    while True:
        serve(api, handler)


if __name__ == "__main__":
    main()
