import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.regex.Pattern;

// A bot that only knows Microsoft's addresses: it fetches a token, calls a person and prints the state of the call.
class Bot {
  static String post(String url, String type, String authorization, String body) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(url)).header("Content-Type", type)
        .header("Authorization", authorization).POST(BodyPublishers.ofString(body)).build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
  }

  static String read(String json, String property) {
    var match = Pattern.compile("\"" + property + "\" *: *\"([^\"]*)\"").matcher(json);
    if (!match.find()) throw new IllegalStateException(property + " is not in " + json);
    return match.group(1);
  }

  public static void main(String[] args) throws Exception {
    var form = "grant_type=client_credentials&client_id=00a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c11&client_secret=any";
    var authority = "https://login.microsoftonline.com/2432b57b-0abd-43db-aa7b-16eadd115d34/oauth2/v2.0/token";
    var token = read(post(authority, "application/x-www-form-urlencoded", "none", form), "access_token");
    var call = """
        {"callbackUri": "http://localhost:3978/api/calls",
         "mediaConfig": {"@odata.type": "#microsoft.graph.serviceHostedMediaConfig"},
         "targets": [{"identity": {"user": {"id": "heidi", "displayName": "Heidi Steen"}}}]}""";
    var calls = "https://graph.microsoft.com/v1.0/communications/calls";
    System.out.println(read(post(calls, "application/json", "Bearer " + token, call), "state"));
  }
}
