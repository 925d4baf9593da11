using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using System.Threading.Channels;

/// <summary>
/// A bot with an application id, a token and an https callback, against the service that RINGBACK_BASE_URL names. It
/// prints a line for each check: `ok - claim`, or `not ok - claim; got: actual`.
/// </summary>
sealed class Scenario : IAsyncDisposable
{
    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);
    static readonly TimeSpan FlowTimeout = TimeSpan.FromSeconds(90);
    static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    public string BaseUrl { get; } = ReadVariable("RINGBACK_BASE_URL");
    public string ApplicationId { get; } = Guid.NewGuid().ToString();
    public string TenantId { get; } = Guid.NewGuid().ToString();
    public Uri CallbackUri { get; private set; } = null!;
    public string Token { get; private set; } = "";
    /// <summary>Handles a notification. Without it, notifications wait for <see cref="NextAsync"/>.</summary>
    public Func<HttpRequestMessage, Task<HttpResponseMessage>>? OnNotification { get; set; }

    readonly HttpClient http = new();
    readonly Channel<JsonNode> notifications = Channel.CreateUnbounded<JsonNode>();
    /// <summary>Notifications of other calls than those that were asked for.</summary>
    readonly List<JsonNode> waiting = [];
    WebApplication? callback;
    int failedChecks;

    /// <summary>Plays a flow. Returns the number of failed checks.</summary>
    public static async Task<int> RunAsync(Func<Scenario, Task> play)
    {
        await using var scenario = new Scenario();
        try
        {
            await scenario.StartAsync();
            await play(scenario).WaitAsync(FlowTimeout);
            scenario.Check(true, "the flow completes");
        }
        catch (Exception error)
        {
            scenario.Check(false, "the flow completes", error);
        }
        return scenario.failedChecks;
    }

    static string ReadVariable(string name) =>
        Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"{name} is not set.");

    async Task StartAsync()
    {
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = ApplicationId,
            ["client_secret"] = "any",
            // The samples of the Communications SDK have the doubled slash.
            ["scope"] = "https://graph.microsoft.com//.default",
        };
        var reply = await http.PostAsync($"{BaseUrl}/{TenantId}/oauth2/v2.0/token", new FormUrlEncodedContent(form));
        Token = (await reply.Content.ReadFromJsonAsync<JsonNode>())!["access_token"]!.GetValue<string>();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        var certificate = X509Certificate2.CreateFromPemFile(
            ReadVariable("RINGBACK_CERTIFICATE"), ReadVariable("RINGBACK_KEY"));
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        callback = builder.Build();
        callback.MapPost("/api/calls", ReceiveAsync);
        await callback.StartAsync();
        CallbackUri = new Uri($"https://localhost:{new Uri(callback.Urls.Single()).Port}/api/calls");
    }

    async Task<IResult> ReceiveAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        var body = await reader.ReadToEndAsync();
        if (OnNotification is null)
        {
            await notifications.Writer.WriteAsync(JsonNode.Parse(body)!["value"]![0]!);
            return Results.StatusCode(202);
        }
        var message = new HttpRequestMessage(HttpMethod.Post, CallbackUri) { Content = new StringContent(body) };
        message.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(request.ContentType ?? "");
        foreach (var (name, values) in request.Headers)
        {
            if (!name.StartsWith("Content-")) message.Headers.TryAddWithoutValidation(name, values.ToArray());
        }
        return Results.StatusCode((int)(await OnNotification(message)).StatusCode);
    }

    /// <summary>Waits for the next notification, and checks its change type and what it is about.</summary>
    /// <param name="callId">the call that it is about; by default any. Those of other calls wait.</param>
    public async Task<JsonNode> NextAsync(string changeType, string subject, string? callId = null)
    {
        var notification = await ReadNotificationAsync(callId);
        var actual = $"{notification["changeType"]} {SubjectOf(notification["resourceData"]!)}";
        CheckEqual(actual, $"{changeType} {subject}", $"the next notification is: {changeType} {subject}");
        return notification;
    }

    async Task<JsonNode> ReadNotificationAsync(string? callId)
    {
        bool IsAboutCall(JsonNode notification) =>
            callId is null || notification["resourceUrl"]!.GetValue<string>().Split('/')[3] == callId;
        var index = waiting.FindIndex(IsAboutCall);
        if (index >= 0)
        {
            var found = waiting[index];
            waiting.RemoveAt(index);
            return found;
        }
        while (true)
        {
            var notification = await notifications.Reader.ReadAsync().AsTask().WaitAsync(Timeout);
            if (IsAboutCall(notification)) return notification;
            waiting.Add(notification);
        }
    }

    static string SubjectOf(JsonNode data)
    {
        if (data is not JsonArray list)
            return data["mediaState"] is not null ? "audio" : $"{data["state"] ?? data["status"]}";
        var first = list.FirstOrDefault();
        return $"{first?["@odata.type"]}" switch
        {
            "#microsoft.graph.contentSharingSession" => "content sharing",
            "#microsoft.graph.deltaParticipants" => $"changes of {first!["participants"]!.AsArray().Count}",
            _ => $"roster of {list.Count}",
        };
    }

    /// <summary>Sends a request to an endpoint that Ringback has and Graph has not.</summary>
    public async Task<JsonNode?> SendAsync(HttpMethod method, string path, object body)
    {
        var request = new HttpRequestMessage(method, $"{BaseUrl}{path}") { Content = JsonContent.Create(body) };
        var reply = await http.SendAsync(request);
        reply.EnsureSuccessStatusCode();
        return JsonNode.Parse(await reply.Content.ReadAsStringAsync());
    }

    public Task RegisterAsync() => SendAsync(HttpMethod.Put, $"/bots/{ApplicationId}", new
    {
        displayName = "Test Bot",
        tenantId = TenantId,
        callingWebhook = CallbackUri.ToString(),
    });

    /// <summary>Makes a simulated person call the bot. Returns the id of the call.</summary>
    public async Task<string> PlaceCallAsync(string personId)
    {
        var to = new { application = new { id = ApplicationId } };
        var from = new { user = new { id = personId, displayName = "Test User" } };
        var reply = await SendAsync(HttpMethod.Post, "/simulator/calls", new { to, from });
        return reply!["id"]!.GetValue<string>();
    }

    /// <summary>Lets a simulated person join a group call or a meeting.</summary>
    public Task JoinAsPersonAsync(string personId, string callId)
    {
        var identity = new { user = new { id = personId } };
        return SendAsync(HttpMethod.Post, $"/simulator/calls/{callId}/participants", new { identity });
    }

    /// <summary>Makes a simulated person act in a call, such as `leave`.</summary>
    public Task ActAsPersonAsync(string personId, string action, object body) =>
        SendAsync(HttpMethod.Post, $"/simulator/people/{personId}/{action}", body);

    public void Check(bool isTrue, string claim, object? actual = null)
    {
        if (!isTrue) failedChecks++;
        Console.WriteLine(isTrue ? $"ok - {claim}" : $"not ok - {claim}; got: {actual}");
    }

    public void CheckEqual(object? actual, object? expected, string claim) =>
        Check(Equals(actual, expected), claim, actual);

    /// <summary>Checks that a value becomes the expected one in time.</summary>
    public async Task CheckEventuallyAsync(Func<object?> read, object? expected, string claim)
    {
        var deadline = DateTime.UtcNow + Timeout;
        while (!Equals(read(), expected) && DateTime.UtcNow < deadline) await Task.Delay(PollInterval);
        CheckEqual(read(), expected, claim);
    }

    public async ValueTask DisposeAsync()
    {
        if (callback is not null) await callback.StopAsync();
        http.Dispose();
    }
}
