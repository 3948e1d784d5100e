// An analyst with an approval key and a browser tab: claims, signs grants and key requests, opens what comes back.
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Moderation.Contracts.Triage;
using Moderation.Domain.Cases;
using Moderation.Domain.Staff;
using Moderation.Evidence;
using Moderation.Evidence.Custody;
using Moderation.Evidence.Opening;

namespace Moderation.IntegrationTests.Opening;

public sealed class AnalystTab(App app, StaffLogin login) : IDisposable
{
    private readonly KemKeyPair _tab = KemKeyPair.Generate(Kem.X25519);

    public CoseSigner Key { get; } = CoseSigner.Generate(CoseAlgorithm.Esp256);
    public StaffMember Member => login.Member;
    public HttpClient Http => login.Http;

    /// <summary>Signed in and enrolled.</summary>
    public static async Task<AnalystTab> OpenAsync(
        App app,
        StaffRole role = StaffRole.Analyst,
        bool childSafety = false
    )
    {
        var tab = new AnalystTab(app, await app.StaffAsync(role, childSafety));
        await app.EnrolAsync(tab.Member, tab.Key.PublicKey);
        return tab;
    }

    public async Task ClaimAsync(CaseId id)
    {
        using var answer = await Http.PostAsync("/v1/claims", Answers.Json(new ClaimRequest(id.ToString())));
        await answer.ShouldBeAsync(200);
    }

    public GrantTerms Terms(byte[] contentId, CaseId about, params uint[] indices)
    {
        var now = (ulong)app.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        return new GrantTerms
        {
            GrantId = RandomNumberGenerator.GetBytes(16),
            ContentId = contentId,
            Indices = indices,
            CaseId = about.Value.ToByteArray(bigEndian: true),
            Purpose = GrantPurpose.Triage,
            NotBeforeMs = now - 60_000,
            NotAfterMs = now + 600_000,
            Releases = 4,
            Openers = [Key.PublicKey.Kid.ToArray()],
        };
    }

    public byte[] Approve(GrantTerms terms) => Grant.Approve(Key, terms.Encode());

    public KeyRequest Request(GrantTerms terms) =>
        new()
        {
            RequestId = RandomNumberGenerator.GetBytes(16),
            GrantId = terms.GrantId,
            ContentId = terms.ContentId,
            Indices = terms.Indices,
            Recipient = _tab.PublicKey.ToArray(),
            CreatedMs = (ulong)app.Clock.GetUtcNow().ToUnixTimeMilliseconds(),
        };

    /// <summary>Asks under a grant of one's own approval.</summary>
    public Task<HttpResponseMessage> AskAsync(string report, GrantTerms terms) =>
        AskAsync(report, [Approve(terms)], Request(terms).Sign(Key));

    public Task<HttpResponseMessage> AskAsync(string report, byte[][] approvals, byte[] request) =>
        PostAsync(report, new KeyReleaseBody(Grant.Assemble(approvals), request).Encode());

    public Task<HttpResponseMessage> PostAsync(string report, byte[] body, string type = "application/cbor") =>
        Http.PostAsync(
            $"/v1/reports/{report}/key-releases",
            new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(type) } }
        );

    /// <summary>Gets releases for all that the terms name and opens one of them, trusting nothing of what the API hands out.</summary>
    public async Task<Verdict<OpenedSegment>> OpenSegmentAsync(
        string report,
        GrantTerms terms,
        uint index,
        params byte[][] moreApprovals
    )
    {
        var request = Request(terms);
        using var answer = await AskAsync(report, [Approve(terms), .. moreApprovals], request.Sign(Key));
        await answer.ShouldBeAsync(200);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/cbor");
        var releases = KeyReleaseAnswer.Parse(await answer.Content.ReadAsByteArrayAsync()).ShouldNotBeNull();
        releases.Count.ShouldBe(terms.Indices.Count);
        var descriptorBytes = await ReadAsync(report, $"segments/{index}/descriptor");
        var descriptor = Descriptor.Parse(descriptorBytes).ShouldNotBeNull();
        return KeyReleaseOpening.Open(
            releases[terms.Indices.ToList().IndexOf(index)],
            app.PublicKey("vault.pub"),
            request,
            index,
            _tab,
            await ReadAsync(report, "manifest"),
            descriptorBytes,
            descriptor.Receipt < 0 ? null : await ReadAsync(report, $"receipts/{descriptor.Receipt}"),
            await ReadAsync(report, $"segments/{index}")
        );
    }

    public async Task<byte[]> ReadAsync(string report, string part)
    {
        using var answer = await Http.GetAsync($"/v1/reports/{report}/{part}");
        await answer.ShouldBeAsync(200);
        return await answer.Content.ReadAsByteArrayAsync();
    }

    public void Dispose()
    {
        _tab.Dispose();
        Key.Dispose();
    }
}
