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

/// <summary>
/// The stateful client of the Communications SDK. It refuses http and parses every notification itself.
/// </summary>
static class CommunicationsFlow
{
    const string TenantIdClaim = "http://schemas.microsoft.com/identity/claims/tenantid";
    static readonly TimeSpan IncomingTimeout = TimeSpan.FromSeconds(20);

    /// <summary>The provider of the SDK's samples, with the token metadata of the service.</summary>
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
            var token = request.Headers.Authorization?.Parameter;
            var user = new JwtSecurityTokenHandler().ValidateToken(token, parameters, out _);
            var tenant = user.FindFirst(TenantIdClaim)?.Value;
            return new RequestValidationResult { IsValid = tenant is not null, TenantId = tenant };
        }
    }

    public static ICommunicationsClient BuildClient(Scenario bot, IGraphLogger logger) =>
        new CommunicationsClientBuilder("Ringback", bot.ApplicationId, logger)
            .SetAuthenticationProvider(new Authentication(bot))
            .SetNotificationUrl(bot.CallbackUri)
            .SetServiceBaseUrl(new Uri($"{bot.BaseUrl}/v1.0"))
            .Build();

    public static async Task PlayAsync(Scenario bot)
    {
        var logger = new GraphLogger("Ringback");
        var observer = new LogObserver(bot);
        using var subscription = logger.Subscribe(observer);
        using var client = BuildClient(bot, logger);
        bot.OnNotification = client.ProcessNotificationAsync;
        await bot.RegisterAsync();
        var incoming = Channel.CreateUnbounded<ICall>();
        client.Calls().OnIncoming += (_, added) => incoming.Writer.TryWrite(added.AddedResources.Single());
        await RejectAsync(bot, client, incoming.Reader);
        var answered = await AnswerAsync(bot, incoming.Reader);
        var meeting = await JoinAndInviteAsync(bot, client);
        await ReplaceAsync(bot, client, answered, meeting);
        await new CommunicationsOperations(bot, client, observer).PlayAsync(incoming.Reader);
        await client.TerminateAsync(TimeSpan.FromSeconds(5));
    }

    /// <summary>Makes a simulated person call the bot, and returns the call as the client reports it.</summary>
    public static async Task<ICall> ReceiveCallAsync(Scenario bot, ChannelReader<ICall> incoming, string personId)
    {
        var id = await bot.PlaceCallAsync(personId);
        var call = await incoming.ReadAsync().AsTask().WaitAsync(IncomingTimeout);
        bot.CheckEqual(call.Id, id, "the client has the incoming call");
        return call;
    }

    static async Task RejectAsync(Scenario bot, ICommunicationsClient client, ChannelReader<ICall> incoming)
    {
        var call = await ReceiveCallAsync(bot, incoming, "stranger");
        await call.RejectAsync(RejectReason.Busy);
        await bot.CheckEventuallyAsync(() => client.Calls().Count(), 0, "the client removes a rejected call");
    }

    static async Task<ICall> AnswerAsync(Scenario bot, ChannelReader<ICall> incoming)
    {
        var call = await ReceiveCallAsync(bot, incoming, "caller");
        bot.CheckEqual(call.Resource.Source?.Identity?.User?.DisplayName, "Test User", "the call has its caller");

        await call.AnswerAsync([], [Modality.Audio], null, null, default, default);
        await bot.CheckEventuallyAsync(
            () => call.Resource.State, CallState.Established, "the answered call is established");
        await bot.CheckEventuallyAsync(
            () => call.Resource.MediaState?.Audio, MediaState.Active, "the audio of the answered call is active");
        await ControlAsync(bot, call);
        return call;
    }

    /// <summary>The client waits for the operation of each request, and throws if it does not complete.</summary>
    static async Task ControlAsync(Scenario bot, ICall call)
    {
        var prompt = new MediaInfo { Uri = "https://cdn.contoso.com/beep.wav", ResourceId = "beep" };
        await call.KeepAliveAsync();
        await call.MuteAsync();
        await call.UnmuteAsync();
        await call.PlayPromptAsync([new MediaPrompt { MediaInfo = prompt }]);
        await call.CancelMediaProcessingAsync();
        await call.SubscribeToToneAsync();
        bot.Check(true, "the client keeps a call alive, mutes, unmutes, plays a prompt and subscribes to tones");
        Tone? tone = null;
        call.OnUpdated += (_, update) => tone ??= update.NewResource.ToneInfo?.Tone;
        await bot.ActAsPersonAsync("caller", "press", new { tone = "pound", callId = call.Id });
        await bot.CheckEventuallyAsync(() => tone, Tone.Pound, "the client receives the pressed key");
    }

    static async Task<ICall> JoinAndInviteAsync(Scenario bot, ICommunicationsClient client)
    {
        var chat = new ChatInfo { ThreadId = "19:meeting@thread.v2", MessageId = "0" };
        var organizer = new IdentitySet { User = new Identity { Id = "organizer" } };
        var meeting = new OrganizerMeetingInfo { Organizer = organizer };
        var join = new JoinMeetingParameters(chat, meeting, [Modality.Audio], []) { TenantId = bot.TenantId };
        var call = await client.Calls().AddAsync(join);
        await bot.CheckEventuallyAsync(
            () => call.Resource.State, CallState.Established, "the joined meeting is established");
        await CheckRosterAsync(bot, call, 1, "the roster contains the bot");
        var me = call.Participants[call.Resource.MyParticipantId];
        var applicationId = me?.Resource.Info?.Identity?.Application?.Id;
        bot.CheckEqual(applicationId, bot.ApplicationId, "myParticipantId identifies the bot in the roster");

        var heidi = new IdentitySet { User = new Identity { Id = "heidi", DisplayName = "Heidi Steen" } };
        await call.Participants.InviteAsync([new InvitationParticipantInfo { Identity = heidi }]);
        bot.Check(true, "the client finds the operation of its invitation");
        await CheckRosterAsync(bot, call, 2, "the roster contains the invited participant");
        await bot.ActAsPersonAsync("heidi", "leave", new { callId = call.Id });
        await CheckRosterAsync(bot, call, 1, "the roster does not contain a participant who left");
        return call;
    }

    static async Task ReplaceAsync(Scenario bot, ICommunicationsClient client, ICall answered, ICall meeting)
    {
        var caller = new IdentitySet { User = new Identity { Id = "caller" } };
        await meeting.Participants.InviteAsync(caller, answered.Id);
        await CheckRosterAsync(bot, meeting, 2, "the roster of the meeting contains the replaced caller");
        await bot.CheckEventuallyAsync(() => client.Calls().Count(), 1, "the client removes the replaced call");
        await meeting.DeleteAsync();
        await bot.CheckEventuallyAsync(() => client.Calls().Count(), 0, "the client removes the deleted meeting");
    }

    public static Task CheckRosterAsync(Scenario bot, ICall call, int count, string claim) =>
        bot.CheckEventuallyAsync(() => call.Participants.Count(), count, claim);

    /// <summary>
    /// Fails for each warning and error of the client: it only warns of a notification that it cannot use.
    /// </summary>
    public class LogObserver(Scenario bot) : IObserver<LogEvent>
    {
        int lostOperations;

        /// <summary>How many ends of operations the client has not recognized.</summary>
        public int LostOperations => lostOperations;

        public void OnNext(LogEvent entry)
        {
            if (entry.Level is not (TraceLevel.Error or TraceLevel.Warning)) return;
            if (entry.Message.StartsWith("Operation with context")) Interlocked.Increment(ref lostOperations);
            if (entry.Level is TraceLevel.Warning && IsExpected(entry.Message)) return;
            bot.Check(false, "the client logs no warning or error", $"{entry.Message} {entry.PropertiesString}");
        }

        static bool IsExpected(string message) =>
            // The client warns of every authentication provider that is not its own.
            message.StartsWith("Custom IRequestAuthenticationProvider detected")
            // It warns three times of an operation that it does not recognize. CommunicationsOperations counts these.
            || message.StartsWith("Operation with context")
            || message.StartsWith("Cancelling operation")
            || (message.StartsWith("No queue or registered callbacks") && message.Contains("/operations/"))
            // On a busy machine the first notification arrives before it has read the reply that creates the call.
            || (message.StartsWith("No queue or registered callbacks") && message.Contains("Updated: /comm"));

        public void OnCompleted() { }
        public void OnError(Exception error) { }
    }
}
