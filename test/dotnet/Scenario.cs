using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using System.Threading.Channels;

/// <summary>A bot with its application, its callback and what it checks, against the service that the environment names.</summary>
sealed class Scenario : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public string BaseUrl { get; } = Need("RINGBACK_BASE_URL");
    public string ApplicationId { get; } = Guid.NewGuid().ToString();
    public string TenantId { get; } = Guid.NewGuid().ToString();
    public Uri CallbackUri { get; private set; } = null!;
    public string Token { get; private set; } = "";
    /// <summary>What to do with a notification; without it, it is put aside for <see cref="NextAsync"/>.</summary>
    public Func<HttpRequestMessage, Task<HttpResponseMessage>>? OnNotification { get; set; }

    readonly HttpClient http = new();
    readonly Channel<JsonNode> notifications = Channel.CreateUnbounded<JsonNode>();
    WebApplication? callback;
    int failed;

    public static async Task<int> RunAsync(Func<Scenario, Task> play)
    {
        await using var scenario = new Scenario();
        try
        {
            await scenario.StartAsync();
            await play(scenario).WaitAsync(TimeSpan.FromSeconds(90));
            scenario.Check(true, "the flow comes to its end");
        }
        catch (Exception error)
        {
            scenario.Check(false, "the flow comes to its end", error);
        }
        return scenario.failed;
    }

    static string Need(string name) =>
        Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"{name} is not set.");

    async Task StartAsync()
    {
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = ApplicationId,
            ["client_secret"] = "any",
            // As the samples of the Communications SDK write it.
            ["scope"] = "https://graph.microsoft.com//.default",
        };
        var reply = await http.PostAsync($"{BaseUrl}/{TenantId}/oauth2/v2.0/token", new FormUrlEncodedContent(form));
        Token = (await reply.Content.ReadFromJsonAsync<JsonNode>())!["access_token"]!.GetValue<string>();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        var certificate = X509Certificate2.CreateFromPemFile(Need("RINGBACK_CERTIFICATE"), Need("RINGBACK_KEY"));
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        callback = builder.Build();
        callback.MapPost("/api/calls", TakeAsync);
        await callback.StartAsync();
        CallbackUri = new Uri($"https://localhost:{new Uri(callback.Urls.Single()).Port}/api/calls");
    }

    async Task<IResult> TakeAsync(HttpRequest request)
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

    /// <summary>The next notification, which must be about this.</summary>
    public async Task<JsonNode> NextAsync(string changeType, string what)
    {
        var one = await notifications.Reader.ReadAsync().AsTask().WaitAsync(Patience);
        var data = one["resourceData"]!;
        var about = data is JsonArray roster
            ? $"roster of {roster.Count}"
            : data["mediaState"] is not null ? "audio" : $"{data["state"] ?? data["status"]}";
        Check($"{one["changeType"]} {about}" == $"{changeType} {what}", $"the bot is told: {changeType} {what}", $"{one["changeType"]} {about}");
        return one;
    }

    /// <summary>What belongs to Ringback and not to Graph: bots are registered, and people do things.</summary>
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

    public async Task<string> PlaceCallAsync(string personId) => (await SendAsync(HttpMethod.Post, "/simulator/calls", new
    {
        to = new { application = new { id = ApplicationId } },
        from = new { user = new { id = personId, displayName = "Test User" } },
    }))!["id"]!.GetValue<string>();

    public void Check(bool isRight, string what, object? got = null)
    {
        if (!isRight) failed++;
        Console.WriteLine(isRight ? $"ok - {what}" : $"not ok - {what}; got: {got}");
    }

    public async Task EventuallyAsync(Func<bool> isRight, string what, Func<object?>? got = null)
    {
        var until = DateTime.UtcNow + Patience;
        while (!isRight() && DateTime.UtcNow < until) await Task.Delay(50);
        Check(isRight(), what, got?.Invoke());
    }

    public async ValueTask DisposeAsync()
    {
        if (callback is not null) await callback.StopAsync();
        http.Dispose();
    }
}
