"""Calls Authlete's Python library: one call a line comes in, {"method", "request"}, and one answer a line goes out,
{"response"} or {"status", "error"}. Requests and responses are the library's own objects, written as JSON.

Arguments: base URL, V2 or V3, API key or service id, API secret or access token.
"""

import json
import sys

from authlete import dto
from authlete.api.authlete_api_exception import AuthleteApiException
from authlete.api.authlete_api_impl import AuthleteApiImpl
from authlete.conf.authlete_configuration import AuthleteConfiguration


def create(base_url, version, key, secret):
    configuration = AuthleteConfiguration()
    configuration.baseUrl = base_url
    configuration.apiVersion = version
    configuration.serviceApiKey = key
    if version == "V3":
        configuration.serviceAccessToken = secret
    else:
        configuration.serviceApiSecret = secret
    return AuthleteApiImpl(configuration)


def invoke(api, call):
    method = getattr(api, call["method"])
    if "request" not in call:
        return method()
    request = call["request"]
    if isinstance(request, str):
        return method(request)
    return method(getattr(dto, call["type"]).from_json(json.dumps(request)))


def answer(api, call):
    try:
        response = invoke(api, call)
        return {"response": json.loads(response.to_json() if hasattr(response, "to_json") else response)}
    except AuthleteApiException as error:
        response = error.response
        return {"status": None if response is None else response.status_code, "error": str(error)}
    except Exception as error:
        return {"error": repr(error)}


api = create(*sys.argv[1:5])
for line in sys.stdin:
    print(json.dumps(answer(api, json.loads(line))), flush=True)
