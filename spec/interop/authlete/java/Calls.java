import com.authlete.common.api.AuthleteApi;
import com.authlete.common.api.AuthleteApiException;
import com.authlete.common.api.AuthleteApiFactory;
import com.authlete.common.conf.AuthleteSimpleConfiguration;
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;

/**
 * Calls Authlete's Java library: one call a line comes in, {"method", "request"}, and one answer a line goes out,
 * {"response"} or {"status", "error"}. Requests and responses are the library's own objects, written as JSON.
 *
 * Arguments: base URL, V2 or V3, API key or service id, API secret or access token, class of the implementation or -.
 */
public class Calls {
    private static final Gson GSON = new Gson();

    public static void main(String[] args) throws Exception {
        AuthleteApi api = create(args);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonObject call = JsonParser.parseString(line).getAsJsonObject();
            System.out.println(GSON.toJson(answer(api, call)));
        }
    }

    private static AuthleteApi create(String[] args) {
        boolean v3 = args[1].equals("V3");
        AuthleteSimpleConfiguration configuration = new AuthleteSimpleConfiguration()
            .setBaseUrl(args[0]).setApiVersion(args[1]).setServiceApiKey(args[2]);
        if (v3) configuration.setServiceAccessToken(args[3]);
        else configuration.setServiceApiSecret(args[3]);
        return args[4].equals("-")
            ? AuthleteApiFactory.create(configuration)
            : AuthleteApiFactory.create(configuration, args[4]);
    }

    private static JsonObject answer(AuthleteApi api, JsonObject call) {
        JsonObject answer = new JsonObject();
        try {
            answer.add("response", GSON.toJsonTree(invoke(api, call)));
        } catch (AuthleteApiException e) {
            answer.addProperty("status", e.getStatusCode());
            answer.addProperty("error", String.valueOf(e.getCause() == null ? e.getMessage() : e.getCause().toString()));
        } catch (Throwable e) {
            answer.addProperty("error", e.toString());
        }
        return answer;
    }

    private static Object invoke(AuthleteApi api, JsonObject call) throws Throwable {
        String name = call.get("method").getAsString();
        Method method = Arrays.stream(AuthleteApi.class.getMethods())
            .filter(candidate -> candidate.getName().equals(name) && takes(candidate, call))
            .findFirst().orElseThrow();
        Object[] arguments = call.has("request")
            ? new Object[] {GSON.fromJson(call.get("request"), method.getParameterTypes()[0])}
            : new Object[0];
        try {
            return method.invoke(api, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static boolean takes(Method method, JsonObject call) {
        Class<?>[] types = method.getParameterTypes();
        if (!call.has("request")) return types.length == 0;
        boolean isNumber = call.get("request").isJsonPrimitive();
        return types.length == 1 && (isNumber ? types[0] == long.class : types[0].getName().endsWith("Request"));
    }
}
