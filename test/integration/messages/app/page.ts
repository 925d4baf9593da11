// The 21 messages of the flow on Microsoft's reference page `participant: invite` (Graph beta, May 2019), in its order,
// with its ids and values. differences.ts lists what this service sends instead, and docs/messages.md explains it.

export interface Message {
  /** Of a reply. */
  readonly statusCode?: number
  /** Of a request or a notification, with the method before it. */
  readonly address?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

export const PAGE: Readonly<Record<number, Message>> = {
  1: {
    address: 'POST https://graph.microsoft.com/beta/app/calls/{id}/participants/invite',
    headers: { 'Content-Type': 'application/json', 'Content-Length': '464' },
    body: {
      participants: [
        {
          endpointType: 'default',
          identity: {
            user: {
              id: '550fae72-d251-43ec-868c-373732c2704f',
              tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47',
              displayName: 'Heidi Steen',
            },
          },
          languageId: 'languageId-value',
          region: 'region-value',
          replacesCallId: 'replacesCallId-value',
        },
      ],
      clientContext: 'clientContext-value',
    },
  },
  2: {
    statusCode: 202,
    headers: {
      Location:
        'https://graph.microsoft.com/beta/app/calls/57dab8b1-894c-409a-b240-bd8beae78896/operations/0fe0623f-d628-42ed-b4bd-8ac290072cc5',
    },
  },
  3: {
    address: 'POST /app/calls/57DAB8B1894C409AB240BD8BEAE78896/participants/invite',
    headers: { 'Content-Type': 'application/json' },
    body: {
      participants: [
        {
          endpointType: 'default',
          identity: {
            user: {
              id: '550fae72-d251-43ec-868c-373732c2704f',
              tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47',
              displayName: 'Heidi Steen',
            },
          },
          languageId: 'en-US',
          region: 'westus',
        },
      ],
      clientContext: 'd45324c1-fcb5-430a-902c-f20af696537c',
    },
  },
  4: {
    statusCode: 200,
    headers: { 'Content-Type': 'application/json', 'Content-Length': '259' },
    body: {
      id: '17e3b46c-f61d-4f4d-9635-c626ef18e6ad',
      status: 'running',
      createdDateTime: '2018-09-06T15:58:41Z',
      lastActionDateTime: '2018-09-06T15:58:41Z',
      clientContext: 'd45324c1-fcb5-430a-902c-f20af696537c',
    },
  },
  5: {
    address: 'POST https://bot.contoso.com/api/calls',
    headers: { Authorization: 'Bearer <TOKEN>', 'Content-Type': 'application/json' },
    body: {
      value: [
        {
          changeType: 'deleted',
          resource: '/app/calls/57DAB8B1894C409AB240BD8BEAE78896/operations/0FE0623FD62842EDB4BD8AC290072CC5',
          resourceData: {
            '@odata.type': '#microsoft.graph.commsOperation',
            '@odata.id': '/app/calls/57DAB8B1894C409AB240BD8BEAE78896/operations/0FE0623FD62842EDB4BD8AC290072CC5',
            '@odata.etag': 'W/"51"',
            clientContext: 'd45324c1-fcb5-430a-902c-f20af696537c',
            status: 'completed',
          },
        },
      ],
    },
  },
  6: {
    address: 'POST https://bot.contoso.com/api/calls',
    headers: { Authorization: 'Bearer <TOKEN>', 'Content-Type': 'application/json' },
    body: {
      value: [
        {
          changeType: 'updated',
          resource: '/app/calls/57DAB8B1894C409AB240BD8BEAE78896/participants',
          resourceData: [
            {
              '@odata.type': '#microsoft.graph.participant',
              '@odata.id': '/app/calls/57DAB8B1894C409AB240BD8BEAE78896/participants/8A34A46B3D174ADC8DCEDC4E7D572698',
              '@odata.etag': 'W/"51"',
              info: {
                identity: { user: { displayName: 'Test User', id: '8A34A46B-3D17-4ADC-8DCE-DC4E7D572698' } },
                region: 'westus',
                languageId: 'en-US',
              },
              mediaStreams: [
                {
                  mediaType: 'audio',
                  label: 'main-audio',
                  sourceId: '1',
                  direction: 'sendReceive',
                  serverMuted: false,
                },
              ],
            },
            {
              '@odata.type': '#microsoft.graph.participant',
              '@odata.id': '/app/calls/57DAB8B1894C409AB240BD8BEAE78896/participants/123456W77E24E4D85F80597083CB830',
              '@odata.etag': 'W/"55"',
              info: {
                identity: { application: { displayName: 'Test Bot', id: '1234A46B-3D17-4ADC-8DCE-DC4E7D556789' } },
                region: 'westus',
                languageId: 'en-US',
              },
              mediaStreams: [
                {
                  mediaType: 'audio',
                  label: 'main-audio',
                  sourceId: '2',
                  direction: 'sendReceive',
                  serverMuted: false,
                },
              ],
            },
          ],
        },
      ],
    },
  },
  7: {
    address: 'POST https://bot.contoso.com/api/calls',
    headers: { Authorization: 'Bearer <TOKEN>', 'Content-Type': 'application/json' },
    body: {
      value: [
        {
          changeType: 'created',
          resource: '/app/calls/57DAB8B1894C409AB240BD8BEAE78896',
          resourceData: {
            '@odata.type': '#microsoft.graph.call',
            '@odata.id': '/app/calls/57DAB8B1894C409AB240BD8BEAE78896',
            '@odata.etag': 'W/"5445"',
            state: 'incoming',
            direction: 'incoming',
            source: {
              '@odata.type': '#microsoft.graph.participantInfo',
              identity: {
                user: { displayName: 'Test User', language: 'en-US', id: '8A34A46B-3D17-4ADC-8DCE-DC4E7D572698' },
              },
            },
            targets: [
              {
                '@odata.type': '#microsoft.graph.participantInfo',
                identity: {
                  application: {
                    displayName: 'Test BOT',
                    language: 'en-US',
                    id: '8A34A46B-3D17-4ADC-8DCE-DC4E7D572698',
                  },
                },
              },
            ],
            requestedModalities: ['audio', 'video'],
          },
        },
      ],
    },
  },
  8: {
    address: 'POST /app/calls/57DAB8B1894C409AB240BD8BEAE78896/answer',
    headers: { Authorization: 'Bearer <TOKEN>', 'Content-Type': 'application/json' },
    body: {
      callback: 'https://bot.contoso.com/api/calls',
      acceptModalities: ['audio', 'video'],
      mediaConfig: {
        '@odata.type': '#microsoft.graph.serviceHostedMediaConfig',
        preFetchMedia: [
          { url: 'https://cdn.contoso.com/beep.wav', resourceId: '1D6DE2D4-CD51-4309-8DAA-70768651088E' },
          { url: 'https://cdn.contoso.com/cool.wav', resourceId: '1D6DE2D4-CD51-4309-8DAA-70768651088F' },
        ],
      },
    },
  },
  9: {
    statusCode: 200,
    headers: { 'Content-Type': 'application/json', 'Content-Length': '306' },
    body: {
      clientContext: 'clientContext-value',
      createdDateTime: '2018-03-19T09:46:02Z',
      id: 'id-value',
      lastActionDateTime: '2018-03-19T09:46:02Z',
      status: 'Running',
    },
  },
  10: {
    address: 'POST https://bot.contoso.com/api/calls',
    headers: { Authorization: 'Bearer <TOKEN>', 'Content-Type': 'application/json' },
    body: {
      value: [
        {
          changeType: 'updated',
          resource: '/app/calls/57DAB8B1894C409AB240BD8BEAE78896',
          resourceData: {
            '@odata.type': '#microsoft.graph.call',
            '@odata.id': '/app/calls/57DAB8B1894C409AB240BD8BEAE78896',
            '@odata.etag': 'W/"5445"',
            state: 'establishing',
          },
        },
      ],
    },
  },
  11: {
    address: 'POST https://bot.contoso.com/api/calls',
    headers: { Authorization: 'Bearer <TOKEN>', 'Content-Type': 'application/json' },
    body: {
      value: [
        {
          changeType: 'updated',
          resource: '/app/calls/57DAB8B1894C409AB240BD8BEAE78896',
          resourceData: {
            '@odata.type': '#microsoft.graph.call',
            '@odata.id': '/app/calls/57DAB8B1894C409AB240BD8BEAE78896',
            '@odata.etag': 'W/"5445"',
            state: 'established',
            activeModalities: ['audio', 'video'],
            requestedModalities: [],
          },
        },
      ],
    },
  },
  12: {
    address: 'POST /app/calls',
    headers: { 'Content-Type': 'application/json' },
    body: {
      subject: 'Test Call',
      callback: 'https://bot.contoso.com/api/calls',
      source: {
        '@odata.type': '#microsoft.graph.participantInfo',
        identity: { application: { id: '8A34A46B-3D17-4ADC-8DCE-DC4E7D572698' } },
      },
      targetDisposition: 'default',
      requestedModalities: [],
      chatInfo: {
        threadId: '90ED37DC-D8E3-4E11-9DE3-30A955DDA06F',
        messageId: '1507228578052',
        replyChainMessageId: '1507228578052',
      },
      meetingInfo: {
        '@odata.type': '#microsoft.graph.organizerMeetingInfo',
        organizer: {
          user: { id: '90ED37DC-D8E3-4E11-9DE3-30A955DDA06F', tenantId: '49BFC225-8482-4AB8-94E7-76B48FDB9849' },
        },
      },
    },
  },
  13: {
    statusCode: 201,
    headers: { Location: 'https://graph.microsoft.com/beta/app/calls/90ED37DCD8E34E119DE330A955DDA06F' },
  },
  14: {
    address: 'POST https://bot.contoso.com/api/calls',
    headers: { Authorization: 'Bearer <TOKEN>', 'Content-Type': 'application/json' },
    body: {
      value: [
        {
          changeType: 'updated',
          resource: '/app/calls/90ED37DCD8E34E119DE330A955DDA06F',
          resourceData: {
            '@odata.type': '#microsoft.graph.call',
            '@odata.id': '/app/calls/90ED37DCD8E34E119DE330A955DDA06F',
            '@odata.etag': 'W/"5445"',
            state: 'establishing',
            direction: 'outgoing',
          },
        },
      ],
    },
  },
  15: {
    address: 'POST https://bot.contoso.com/api/calls',
    headers: { Authorization: 'Bearer <TOKEN>', 'Content-Type': 'application/json' },
    body: {
      value: [
        {
          changeType: 'updated',
          resource: '/app/calls/90ED37DCD8E34E119DE330A955DDA06F',
          resourceData: {
            '@odata.type': '#microsoft.graph.call',
            '@odata.id': '/app/calls/90ED37DCD8E34E119DE330A955DDA06F',
            '@odata.etag': 'W/"5445"',
            state: 'established',
            activeModalities: [],
          },
        },
      ],
    },
  },
  16: {
    address: 'POST /app/calls/90ED37DCD8E34E119DE330A955DDA06F/participants/invite',
    headers: { Authorization: 'Bearer <TOKEN>', 'Content-Type': 'application/json' },
    body: {
      participants: [
        {
          '@odata.type': '#microsoft.graph.invitationParticipantInfo',
          identity: { user: { id: '8A34A46B-3D17-4ADC-8DCE-DC4E7D572698' } },
          replacesCallId: '/app/calls/57DAB8B1894C409AB240BD8BEAE78896',
        },
      ],
    },
  },
  17: {
    statusCode: 200,
    headers: {
      Location:
        'https://graph.microsoft.com/beta/app/calls/90ED37DCD8E34E119DE330A955DDA06F/operations/0FE0623FD62842EDB4BD8AC290072CC5',
      'Content-Type': 'application/json',
      'Content-Length': '306',
    },
    body: {
      clientContext: 'clientContext-value',
      createdDateTime: '2018-03-19T09:46:02Z',
      id: 'id-value',
      lastActionDateTime: '2018-03-19T09:46:02Z',
      status: 'Running',
    },
  },
  18: {
    address: 'POST https://bot.contoso.com/api/calls',
    headers: { Authorization: 'Bearer <TOKEN>', 'Content-Type': 'application/json' },
    body: {
      value: [
        {
          changeType: 'deleted',
          resource: '/app/calls/90ED37DCD8E34E119DE330A955DDA06F/operations/0FE0623FD62842EDB4BD8AC290072CC5',
          resourceData: {
            '@odata.type': '#microsoft.graph.inviteParticipantsOperation',
            '@odata.id': '/app/calls/90ED37DCD8E34E119DE330A955DDA06F/operations/0FE0623FD62842EDB4BD8AC290072CC5',
            '@odata.etag': 'W/"51"',
            clientContext: 'A904FBD5A31041E881E861877A3DE3CD',
            status: 'completed',
          },
        },
      ],
    },
  },
  19: {
    address: 'POST https://bot.contoso.com/api/calls',
    headers: { Authorization: 'Bearer <TOKEN>', 'Content-Type': 'application/json' },
    body: {
      value: [
        {
          changeType: 'updated',
          resource: '/app/calls/57DAB8B1894C409AB240BD8BEAE78896/participants',
          resourceData: [
            {
              '@odata.type': '#microsoft.graph.participant',
              '@odata.id': '/app/calls/57DAB8B1894C409AB240BD8BEAE78896/participants/8A34A46B3D174ADC8DCEDC4E7D572698',
              '@odata.etag': 'W/"51"',
              info: {
                '@odata.type': '#microsoft.graph.participantInfo',
                identity: {
                  user: {
                    region: 'westus',
                    languageId: 'en-US',
                    displayName: 'Test User',
                    id: '8A34A46B-3D17-4ADC-8DCE-DC4E7D572698',
                  },
                },
              },
              mediaStreams: [{ mediaType: 'audio', label: 'main-audio', sourceId: '1', direction: 'sendReceive' }],
            },
            {
              '@odata.type': '#microsoft.graph.participant',
              '@odata.id': '/app/calls/57DAB8B1894C409AB240BD8BEAE78896/participants/123456W77E24E4D85F80597083CB830',
              '@odata.etag': 'W/"55"',
              info: {
                '@odata.type': '#microsoft.graph.participantInfo',
                identity: {
                  application: {
                    region: 'westus',
                    languageId: 'en-US',
                    displayName: 'Test Bot',
                    id: '1234A46B-3D17-4ADC-8DCE-DC4E7D556789',
                  },
                },
              },
              mediaStreams: [{ mediaType: 'audio', label: 'main-audio', sourceId: '2', direction: 'sendReceive' }],
            },
          ],
        },
      ],
    },
  },
  20: {
    address: 'POST https://bot.contoso.com/api/calls',
    headers: { Authorization: 'Bearer <TOKEN>', 'Content-Type': 'application/json' },
    body: {
      value: [
        {
          changeType: 'updated',
          resource: '/app/calls/57DAB8B1894C409AB240BD8BEAE78896',
          resourceData: {
            '@odata.type': '#microsoft.graph.call',
            '@odata.id': '/app/calls/57DAB8B1894C409AB240BD8BEAE78896',
            '@odata.etag': 'W/"5445"',
            state: 'terminated',
            terminationReason: 'AppInitiated',
          },
        },
      ],
    },
  },
  21: {
    address: 'POST https://bot.contoso.com/api/calls',
    headers: { Authorization: 'Bearer <TOKEN>', 'Content-Type': 'application/json' },
    body: {
      value: [
        {
          changeType: 'deleted',
          resource: '/app/calls/57DAB8B1894C409AB240BD8BEAE78896',
          resourceData: {
            '@odata.type': '#microsoft.graph.call',
            '@odata.id': '/app/calls/57DAB8B1894C409AB240BD8BEAE78896',
            '@odata.etag': 'W/"5445"',
          },
        },
      ],
    },
  },
}
