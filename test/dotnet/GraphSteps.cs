using System.Text.Json.Nodes;
using Microsoft.Graph;
using Microsoft.Graph.Communications.Calls.Item;
using Microsoft.Graph.Models;
using Microsoft.Kiota.Abstractions.Authentication;
using Microsoft.Kiota.Abstractions.Serialization;

/// <summary>What the flows of Microsoft.Graph 5 share.</summary>
static class GraphSteps
{
    class TokenProvider(Scenario scenario) : IAccessTokenProvider
    {
        public AllowedHostsValidator AllowedHostsValidator { get; } = new([new Uri(scenario.BaseUrl).Host]);

        public Task<string> GetAuthorizationTokenAsync(
            Uri uri, Dictionary<string, object>? context, CancellationToken stop) => Task.FromResult(scenario.Token);
    }

    /// <summary>Creates a client with the default middleware.</summary>
    public static GraphServiceClient CreateClient(Scenario bot)
    {
        var authentication = new BaseBearerTokenAuthenticationProvider(new TokenProvider(bot));
        return new GraphServiceClient(authentication, $"{bot.BaseUrl}/v1.0");
    }

    /// <summary>
    /// Returns the resource of the next notification as the Graph client reads it, without the Communications SDK.
    /// </summary>
    /// <param name="callId">the call that the notification is about; by default any</param>
    public static async Task<T?> NextAsync<T>(Scenario bot, string changeType, string subject, string? callId = null)
        where T : Entity
    {
        var data = ResourceDataOf(await bot.NextAsync(changeType, subject, callId));
        var resource = await KiotaJsonSerializer.DeserializeAsync(data, Entity.CreateFromDiscriminatorValue);
        bot.CheckEqual(resource?.GetType().Name, typeof(T).Name, $"notification: the resource is a {typeof(T).Name}");
        return resource as T;
    }

    /// <summary>Returns the resources of the next notification, which has a list of them.</summary>
    public static async Task<List<T>> NextListAsync<T>(Scenario bot, string changeType, string subject) where T : Entity
    {
        var data = ResourceDataOf(await bot.NextAsync(changeType, subject));
        var list = await KiotaJsonSerializer.DeserializeCollectionAsync(data, Entity.CreateFromDiscriminatorValue);
        return [.. list.Cast<T>()];
    }

    static string ResourceDataOf(JsonNode notification) => notification["resourceData"]!.ToJsonString();

    /// <summary>Checks the notifications of a call with audio that is established.</summary>
    public static async Task ExpectEstablishedAsync(Scenario bot)
    {
        await NextAsync<Call>(bot, "updated", "establishing");
        await NextAsync<Call>(bot, "updated", "established");
        await NextAsync<Call>(bot, "updated", "audio");
    }

    public static Call CallTo(Scenario bot, params string[] people) => new()
    {
        CallbackUri = bot.CallbackUri.ToString(),
        RequestedModalities = [Modality.Audio],
        MediaConfig = new ServiceHostedMediaConfig(),
        TenantId = bot.TenantId,
        Targets = [.. people.Select(id => new InvitationParticipantInfo { Identity = UserIdentity(id) })],
    };

    public static IdentitySet UserIdentity(string id, string? displayName = null) =>
        new() { User = new Identity { Id = id, DisplayName = displayName } };

    public static MediaInfo BeepMedia() => new() { Uri = "https://cdn.contoso.com/beep.wav", ResourceId = "beep" };

    public static void CheckOperation(
        Scenario bot, CommsOperation? operation, OperationStatus status, string context)
    {
        bot.CheckEqual(operation?.Status, status, $"{context}: the operation is {status}");
        bot.CheckEqual(operation?.ClientContext, context, $"{context}: the operation has its clientContext");
    }

    public static async Task HangUpAsync(Scenario bot, CallItemRequestBuilder item)
    {
        await item.DeleteAsync();
        await NextAsync<Call>(bot, "updated", "terminating");
        await NextAsync<Call>(bot, "deleted", "terminated");
    }
}
