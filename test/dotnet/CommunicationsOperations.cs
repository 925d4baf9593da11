using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Graph.Communications.Calls;
using Microsoft.Graph.Communications.Client;
using Microsoft.Graph.Models;
using Newtonsoft.Json.Linq;

/// <summary>
/// The stateful client calls its other operations. It waits for the operation of each request, and throws if it fails.
/// </summary>
sealed class CommunicationsOperations(
    Scenario bot, ICommunicationsClient client, CommunicationsFlow.LogObserver observer)
{
    public async Task PlayAsync(ChannelReader<ICall> incoming)
    {
        await RedirectAsync(incoming);
        await TransferAsync();
        await ControlMediaAsync();
        await ControlMeetingAsync();
        await ShareContentAsync();
        await ReportDeviceQualityAsync();
        bot.CheckEqual(observer.LostOperations, 2, "the client ignores no other end of an operation");
    }

    static IdentitySet UserIdentity(string id) => new() { User = new Identity { Id = id, DisplayName = id } };

    Task CheckNoCallAsync(string claim) =>
        bot.CheckEventuallyAsync(() => client.Calls().Count(), 0, claim);

    /// <summary>Collects the states that the client reports for a call.</summary>
    static ConcurrentQueue<CallState?> TrackStates(ICall call)
    {
        var states = new ConcurrentQueue<CallState?>();
        call.OnUpdated += (_, update) => states.Enqueue(update.NewResource.State);
        return states;
    }

    async Task RedirectAsync(ChannelReader<ICall> incoming)
    {
        var call = await CommunicationsFlow.ReceiveCallAsync(bot, incoming, "stranger");
        await call.RedirectAsync([new InvitationParticipantInfo { Identity = UserIdentity("joni") }], 30);
        await CheckNoCallAsync("the client removes a redirected call");
        bot.CheckEqual(call.Resource.State, CallState.Terminated, "the redirected call is terminated");
        bot.CheckEqual(call.Resource.ResultInfo?.Code, 200, "the redirected call has its result");
    }

    async Task<ICall> CallAsync(string personId)
    {
        var call = await client.Calls().AddAsync(new Call
        {
            MediaConfig = new ServiceHostedMediaConfig(),
            RequestedModalities = [Modality.Audio],
            TenantId = bot.TenantId,
            Targets = [new() { Identity = UserIdentity(personId) }],
        });
        await bot.CheckEventuallyAsync(
            () => call.Resource.MediaState?.Audio, MediaState.Active, "the audio of the client's call is active");
        return call;
    }

    async Task TransferAsync()
    {
        var call = await CallAsync("heidi");
        var states = TrackStates(call);
        await call.TransferAsync(new InvitationParticipantInfo { Identity = UserIdentity("joni") });
        await CheckNoCallAsync("the client removes a transferred call");
        // The client raises the event of the established call after it has set the properties that CallAsync awaits.
        var progress = string.Join(", ", states.Distinct().Except([CallState.Established]));
        bot.CheckEqual(progress, "Transferring, TransferAccepted, Terminated", "the client reports the transfer");
        bot.CheckEqual(call.Resource.ResultInfo?.Subcode, 7015, "the transferred call has its subcode");

        var transferred = await CallAsync("heidi");
        var consultation = await CallAsync("joni");
        var target = new InvitationParticipantInfo
        {
            Identity = UserIdentity("joni"),
            ReplacesCallId = consultation.Id,
        };
        await transferred.TransferAsync(target);
        await CheckNoCallAsync("the client removes both calls of a consultative transfer");
    }

    async Task ControlMediaAsync()
    {
        var call = await CallAsync("heidi");
        var sent = await call.SendDtmfTonesAsync([Tone.Tone1, Tone.Pound], 50);
        bot.CheckEqual(sent.ResultInfo?.Code, 200, "the client sends tones and has their result");
        await SendUnrecognizedAsync(
            stop => call.RecordResponseAsync(maxRecordDurationInSeconds: 1, cancellationToken: stop));
        await call.DeleteAsync();
        await CheckNoCallAsync("the client removes the deleted call");
    }

    /// <summary>Joins a meeting, and lets a person join it.</summary>
    /// <param name="mediaSession">makes the media application-hosted</param>
    async Task<ICall> JoinAsync(IMediaSession? mediaSession = null, CallOptions? options = null)
    {
        var body = new Call
        {
            CallOptions = options,
            RequestedModalities = [Modality.Audio],
            TenantId = bot.TenantId,
            ChatInfo = new ChatInfo { ThreadId = "19:meeting@thread.v2", MessageId = "0" },
            MeetingInfo = new OrganizerMeetingInfo { Organizer = UserIdentity("organizer") },
        };
        var call = await client.Calls().AddAsync(body, mediaSession);
        await CommunicationsFlow.CheckRosterAsync(bot, call, 1, "the roster of the meeting contains the bot");
        await bot.JoinAsPersonAsync("heidi", call.Id);
        await CommunicationsFlow.CheckRosterAsync(bot, call, 2, "the roster contains who has joined");
        return call;
    }

    async Task ControlMeetingAsync()
    {
        var call = await JoinAsync();
        var heidi = call.Participants.Single(participant => participant.Resource.Info?.Identity?.User is not null);
        await RehydrateAsync(call);
        await ControlParticipantAsync(call, heidi);
        await RouteAudioAsync(call, heidi.Id);
        await call.AddLargeGalleryViewAsync("gallery");
        await call.UpdateRecordingStatusAsync(RecordingStatus.Recording);
        var me = call.Participants[call.Resource.MyParticipantId!];
        var recording = RecordingStatus.Recording;
        await bot.CheckEventuallyAsync(
            () => me.Resource.RecordingInfo?.RecordingStatus, recording, "the roster shows the recording");
        await heidi.DeleteAsync();
        await CommunicationsFlow.CheckRosterAsync(bot, call, 1, "the client removes a deleted participant");
        await call.DeleteAsync();
        await CheckNoCallAsync("the client removes the deleted meeting");
    }

    /// <summary>Reads the call and its collections, as a bot does that has been restarted.</summary>
    async Task RehydrateAsync(ICall call)
    {
        using var restarted = CommunicationsFlow.BuildClient(bot, client.GraphLogger);
        // The collection must exist before.
        var calls = restarted.Calls();
        await restarted.RehydrateAsync($"communications/calls/{call.Id}", bot.TenantId);
        var read = calls[call.Id];
        bot.CheckEqual(read?.Resource.State, CallState.Established, "a restarted client reads the call");
        bot.CheckEqual(read?.Participants.Count(), 2, "a restarted client reads the roster");
    }

    async Task ControlParticipantAsync(ICall call, IParticipant participant)
    {
        await participant.MuteAsync();
        await bot.CheckEventuallyAsync(
            () => participant.Resource.IsMuted, true, "the client reports that the participant is muted");
        var media = new MediaInfo { Uri = "https://cdn.contoso.com/music.wav", ResourceId = "music" };
        await SendUnrecognizedAsync(
            stop => participant.StartHoldMusicAsync(new MediaPrompt { MediaInfo = media }, stop));
        await participant.StopHoldMusicAsync();
        var read = await call.Participants.GetAsync(participant.Id);
        bot.CheckEqual(read.Id, participant.Id, "the client holds a participant and reads it");
    }

    /// <summary>
    /// Sends a request whose end the client does not recognize: this version sends one clientContext and waits for
    /// another one.
    /// </summary>
    async Task SendUnrecognizedAsync(Func<CancellationToken, Task> send)
    {
        var expected = observer.LostOperations + 1;
        using var stop = new CancellationTokenSource();
        var sending = send(stop.Token);
        await bot.CheckEventuallyAsync(
            () => observer.LostOperations, expected, "the client does not recognize the end of the operation");
        await stop.CancelAsync();
        try
        {
            await sending;
            bot.Check(false, "the client waits until it is canceled");
        }
        catch (OperationCanceledException)
        {
        }
    }

    async Task RouteAudioAsync(ICall call, string participantId)
    {
        var group = await call.AudioRoutingGroups.AddAsync(new AudioRoutingGroup
        {
            RoutingMode = RoutingMode.OneToOne,
            Sources = [call.Resource.MyParticipantId!],
            Receivers = [participantId],
        });
        await group.UpdateAsync(new AudioRoutingGroup
        {
            Id = group.Id,
            RoutingMode = RoutingMode.Multicast,
            Sources = [participantId],
            Receivers = [call.Resource.MyParticipantId!],
        });
        bot.CheckEqual(group.Resource.RoutingMode, RoutingMode.Multicast, "the client changes an audio routing group");
        var read = await call.AudioRoutingGroups.GetAsync(group.Id);
        bot.CheckEqual(read.Resource.Sources?.Single(), participantId, "the client reads an audio routing group");
        await group.DeleteAsync();
        await bot.CheckEventuallyAsync(
            () => call.AudioRoutingGroups.Count(), 0, "the client removes a deleted audio routing group");
    }

    /// <summary>Stands for the media platform, which exists on Windows only.</summary>
    sealed class MediaSession : IMediaSession
    {
        public Guid MediaSessionId { get; } = Guid.NewGuid();
        public Modality[] Modalities => [Modality.Audio, Modality.VideoBasedScreenSharing];
        public JObject GetMediaConfiguration() => new() { ["mediaSessionId"] = MediaSessionId };
        public void Dispose() { }
    }

    async Task ShareContentAsync()
    {
        var options = new OutgoingCallOptions
        {
            IsContentSharingNotificationEnabled = true,
            IsDeltaRosterEnabled = true,
        };
        using var mediaSession = new MediaSession();
        var call = await JoinAsync(mediaSession, options);
        var sessions = call.ContentSharingSessions;
        await call.ChangeScreenSharingRoleAsync(ScreenSharingRole.Sharer);
        await bot.CheckEventuallyAsync(() => sessions.Count(), 1, "the client has the content sharing session");
        await bot.ActAsPersonAsync("heidi", "share", new { callId = call.Id });
        await bot.ActAsPersonAsync("heidi", "unshare", new { callId = call.Id });
        await bot.CheckEventuallyAsync(() => sessions.Count(), 0, "the client removes the content sharing session");
        await bot.ActAsPersonAsync("heidi", "leave", new { callId = call.Id });
        await CommunicationsFlow.CheckRosterAsync(bot, call, 1, "the client understands the changes of the roster");
        await call.DeleteAsync();
        await CheckNoCallAsync("the client removes the meeting with application-hosted media");
    }

    async Task ReportDeviceQualityAsync()
    {
        var quality = new TeleconferenceDeviceQuality
        {
            CallChainId = Guid.NewGuid(),
            ParticipantId = Guid.NewGuid(),
            MediaLegId = Guid.NewGuid(),
            DeviceName = "Room 1",
            DeviceDescription = "A room",
            MediaQualityList = [new TeleconferenceDeviceAudioQuality { ChannelIndex = 1 }],
        };
        await client.Calls().LogTeleconferenceDeviceQualityAsync(quality, bot.TenantId);
        bot.Check(true, "the client reports the quality of a device");
    }
}
