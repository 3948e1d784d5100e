// POST /v1/reports/{id}/disclosures: the vault's disclosure for an authority, under a release that two people approved.
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Moderation.Contracts.Legal;
using Moderation.Contracts.Opening;
using Moderation.Evidence;
using Moderation.Evidence.Custody;
using Moderation.Evidence.Opening;
using Moderation.Features.Http;
using Moderation.IntegrationTests.Opening;

namespace Moderation.IntegrationTests.Legal;

[Collection(OpeningCollection.Name)]
public sealed class DisclosureTests(VaultApp app)
{
    [Fact]
    public async Task An_approved_release_discloses_its_segments_to_the_authority_alone()
    {
        using var desk = await ReleaseDesk.OpenAsync(app);
        var export = await desk.ApprovedAsync(0);

        using var answer = await PostAsync(desk, export, desk.Agency.PublicKey.ToArray());

        await answer.ShouldBeAsync(200);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/cose");
        var disclosure = Disclosure
            .Verify(await answer.Content.ReadAsByteArrayAsync(), app.PublicKey("vault.pub"))
            .Value;
        disclosure.VerifyContents().Value.Descriptors.Single().Index.ShouldBe(0u);
        disclosure.Recipient.ShouldBe(desk.Agency.PublicKey.ToArray());
        (await app.LastSaidAsync(SegmentsOpened.Kind, desk.Case)).Payload.ShouldNotBeNull().ShouldContain("4");
    }

    [Fact]
    public async Task Another_recipient_than_the_approved_one_gets_nothing()
    {
        using var desk = await ReleaseDesk.OpenAsync(app);
        var export = await desk.ApprovedAsync(0);
        using var thief = KemKeyPair.Generate(Kem.X25519);

        using var answer = await PostAsync(desk, export, thief.PublicKey.ToArray());

        await answer.ShouldBeProblemAsync(422, "export.request-mismatch");
    }

    [Fact]
    public async Task A_release_that_one_person_approved_discloses_nothing()
    {
        using var desk = await ReleaseDesk.OpenAsync(app);
        var export = await desk.RequestAsync(0);
        using var first = await ReleaseDesk.ApproveAsync(desk.Senior, export);
        await first.ShouldBeAsync(200);

        using var answer = await PostAsync(desk, export, desk.Agency.PublicKey.ToArray(), desk.Senior);

        await answer.ShouldBeProblemAsync(403, EvidenceCodes.GrantScope);
        (await app.LastSaidAsync(OpeningRefused.Kind, desk.Case)).Payload.ShouldBeNull();
    }

    [Fact]
    public async Task One_approval_under_an_approved_release_is_no_quorum()
    {
        using var desk = await ReleaseDesk.OpenAsync(app);
        var export = await desk.ApprovedAsync(0);

        using var answer = await PostAsync(desk, export, desk.Agency.PublicKey.ToArray(), desk.Senior);

        await answer.ShouldBeProblemAsync(403, EvidenceCodes.GrantQuorum);
    }

    [Fact]
    public async Task An_analyst_has_no_such_route()
    {
        using var desk = await ReleaseDesk.OpenAsync(app);
        using var analyst = await AnalystTab.OpenAsync(app);
        using var answer = await analyst.Http.PostAsync(
            $"/v1/reports/{desk.Report.Id}/disclosures",
            new ByteArrayContent([0x80]) { Headers = { ContentType = new MediaTypeHeaderValue("application/cbor") } }
        );
        ((int)answer.StatusCode).ShouldBe(403);
    }

    private async Task<HttpResponseMessage> PostAsync(
        ReleaseDesk desk,
        ExportShape export,
        byte[] recipient,
        params AnalystTab[] approvers
    )
    {
        if (approvers.Length == 0)
            approvers = [desk.Senior, desk.Custodian];
        Bytes.TryRead(export.GrantPayload, out var payload).ShouldBeTrue();
        var terms = GrantTerms.Parse(payload)!;
        var request = new KeyRequest
        {
            RequestId = RandomNumberGenerator.GetBytes(16),
            GrantId = terms.GrantId,
            ContentId = terms.ContentId,
            Indices = terms.Indices,
            Recipient = recipient,
            CreatedMs = (ulong)app.Clock.GetUtcNow().ToUnixTimeMilliseconds(),
        }.Sign(desk.Liaison.Key);
        var grant = Grant.Assemble([.. approvers.Select(by => Grant.Approve(by.Key, payload))]);
        return await desk.Liaison.Http.PostAsync(
            $"/v1/reports/{desk.Report.Id}/disclosures",
            new ByteArrayContent(new KeyReleaseBody(grant, request).Encode())
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/cbor") },
            }
        );
    }
}
