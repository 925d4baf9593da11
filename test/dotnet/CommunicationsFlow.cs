using System.Diagnostics;
using System.IdentityModel.Tokens.Jwt;
using System.Net.Http.Headers;
using System.Threading.Channels;
using Microsoft.Graph.Communications.Calls;
using Microsoft.Graph.Communications.Client;
using Microsoft.Graph.Communications.Client.Authentication;
using Microsoft.Graph.Communications.Common.Telemetry;
using Microsoft.Graph.Communications.Resources;
using Microsoft.Graph.Models;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using Channel = System.Threading.Channels.Channel;

/// <summary>The stateful client of the Communications SDK, which refuses http and reads every notification itself.</summary>
static class CommunicationsFlow
{
    /// <summary>As the SDK's samples do it, but that the metadata are at the address of the service.</summary>
    class Authentication(Scenario scenario) : IRequestAuthenticationProvider
    {
        readonly ConfigurationManager<OpenIdConnectConfiguration> metadata = new(
            $"{scenario.BaseUrl}/v1/.well-known/OpenIdConfiguration", new OpenIdConnectConfigurationRetriever());

        public Task AuthenticateOutboundRequestAsync(HttpRequestMessage request, string tenant)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", scenario.Token);
            return Task.CompletedTask;
        }

        public async Task<RequestValidationResult> ValidateInboundRequestAsync(HttpRequestMessage request)
        {
            var keys = (await metadata.GetConfigurationAsync()).SigningKeys;
            var parameters = new TokenValidationParameters
            {
                ValidIssuers = ["https://graph.microsoft.com", "https://api.botframework.com"],
                ValidAudience = scenario.ApplicationId,
                IssuerSigningKeys = keys,
            };
            var user = new JwtSecurityTokenHandler().ValidateToken(request.Headers.Authorization?.Parameter, parameters, out _);
            var tenant = user.FindFirst("http://schemas.microsoft.com/identity/claims/tenantid")?.Value;
            return new RequestValidationResult { IsValid = tenant is not null, TenantId = tenant };
        }
    }

    public static async Task PlayAsync(Scenario bot)
    {
        var logger = new GraphLogger("Ringback");
        using var complaints = logger.Subscribe(new Complaints(bot));
        using var client = new CommunicationsClientBuilder("Ringback", bot.ApplicationId, logger)
            .SetAuthenticationProvider(new Authentication(bot))
            .SetNotificationUrl(bot.CallbackUri)
            .SetServiceBaseUrl(new Uri($"{bot.BaseUrl}/v1.0"))
            .Build();
        bot.OnNotification = client.ProcessNotificationAsync;
        await bot.RegisterAsync();
        var incoming = Channel.CreateUnbounded<ICall>();
        client.Calls().OnIncoming += (_, added) => incoming.Writer.TryWrite(added.AddedResources.Single());
        await RejectAsync(bot, client, incoming.Reader);
        var answered = await AnswerAsync(bot, incoming.Reader);
        var meeting = await JoinAndInviteAsync(bot, client);
        await MoveAsync(bot, client, answered, meeting);
        await client.TerminateAsync(TimeSpan.FromSeconds(5));
    }

    static async Task RejectAsync(Scenario bot, ICommunicationsClient client, ChannelReader<ICall> incoming)
    {
        await bot.PlaceCallAsync("stranger");
        var call = await incoming.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        await call.RejectAsync(RejectReason.Busy);
        await bot.EventuallyAsync(() => !client.Calls().Any(), "a call that was rejected is gone", () => client.Calls().Count());
    }

    static async Task<ICall> AnswerAsync(Scenario bot, ChannelReader<ICall> incoming)
    {
        var id = await bot.PlaceCallAsync("caller");
        var call = await incoming.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        bot.Check(call.Id == id && call.Resource.Source?.Identity?.User?.DisplayName == "Test User", "the client has the incoming call", call.Id);

        await call.AnswerAsync([], [Modality.Audio], null, null, default, default);
        await bot.EventuallyAsync(() => call.Resource.State == CallState.Established, "the answered call is established", () => call.Resource.State);
        await bot.EventuallyAsync(() => call.Resource.MediaState?.Audio == MediaState.Active, "its audio is active", () => call.Resource.MediaState?.Audio);

        // The client waits for the operation of each of these, and throws when it does not come to its end.
        await call.KeepAliveAsync();
        await call.MuteAsync();
        await call.UnmuteAsync();
        await call.PlayPromptAsync([new MediaPrompt { MediaInfo = new MediaInfo { Uri = "https://cdn.contoso.com/beep.wav", ResourceId = "beep" } }]);
        await call.CancelMediaProcessingAsync();
        await call.SubscribeToToneAsync();
        bot.Check(true, "it is kept alive, muted, unmuted, and prompted, and the client has found each operation");
        Tone? tone = null;
        call.OnUpdated += (_, update) => tone ??= update.NewResource.ToneInfo?.Tone;
        await bot.SendAsync(HttpMethod.Post, "/simulator/people/caller/press", new { tone = "pound", callId = call.Id });
        await bot.EventuallyAsync(() => tone == Tone.Pound, "the key that was pressed is known", () => tone);
        return call;
    }

    static async Task<ICall> JoinAndInviteAsync(Scenario bot, ICommunicationsClient client)
    {
        var chat = new ChatInfo { ThreadId = "19:meeting@thread.v2", MessageId = "0" };
        var meeting = new OrganizerMeetingInfo { Organizer = new IdentitySet { User = new Identity { Id = "organizer" } } };
        var join = new JoinMeetingParameters(chat, meeting, [Modality.Audio], []) { TenantId = bot.TenantId };
        var call = await client.Calls().AddAsync(join);
        await bot.EventuallyAsync(() => call.Resource.State == CallState.Established, "the joined meeting is established", () => call.Resource.State);
        await bot.EventuallyAsync(() => call.Participants.Count() == 1, "the bot is in the roster", () => call.Participants.Count());
        var me = call.Participants[call.Resource.MyParticipantId];
        bot.Check(me?.Resource.Info?.Identity?.Application?.Id == bot.ApplicationId, "as itself, under myParticipantId", me?.Resource.Info?.Identity?.Application?.Id);

        var heidi = new IdentitySet { User = new Identity { Id = "heidi", DisplayName = "Heidi Steen" } };
        await call.Participants.InviteAsync([new InvitationParticipantInfo { Identity = heidi }]);
        bot.Check(true, "the client has found the operation of its invitation");
        await bot.EventuallyAsync(() => call.Participants.Count() == 2, "who was invited is in the roster", () => call.Participants.Count());
        await bot.SendAsync(HttpMethod.Post, "/simulator/people/heidi/leave", new { callId = call.Id });
        await bot.EventuallyAsync(() => call.Participants.Count() == 1, "who has left is not", () => call.Participants.Count());
        return call;
    }

    static async Task MoveAsync(Scenario bot, ICommunicationsClient client, ICall answered, ICall meeting)
    {
        var caller = new IdentitySet { User = new Identity { Id = "caller" } };
        await meeting.Participants.InviteAsync(caller, answered.Id);
        await bot.EventuallyAsync(() => meeting.Participants.Count() == 2, "the caller has come into the meeting", () => meeting.Participants.Count());
        await bot.EventuallyAsync(() => client.Calls().Count() == 1, "and their call is gone", () => client.Calls().Count());
        await meeting.DeleteAsync();
        await bot.EventuallyAsync(() => !client.Calls().Any(), "the client has no call any more", () => client.Calls().Count());
    }

    /// <summary>What the client finds wrong with our replies and notifications: of one that it has no use for it only warns.</summary>
    class Complaints(Scenario bot) : IObserver<LogEvent>
    {
        public void OnNext(LogEvent entry)
        {
            var isOurs = !entry.Message.StartsWith("Custom IRequestAuthenticationProvider detected");
            if (entry.Level is TraceLevel.Error or TraceLevel.Warning && isOurs) bot.Check(false, "the client has no complaint", $"{entry.Message} {entry.PropertiesString}");
        }

        public void OnCompleted() { }
        public void OnError(Exception error) { }
    }
}
