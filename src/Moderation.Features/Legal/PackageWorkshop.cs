// Makes a package in a staging folder: bag, seal, archive, and the check of the finished result (case-package.md 3, 15).
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Moderation.CasePackage;
using Moderation.Domain.Cases;
using Moderation.Domain.Legal;
using Moderation.Evidence;
using Moderation.Features.Storage;

namespace Moderation.Features.Legal;

public sealed record MadePackage(long Bytes, string Sha256, string CustodyHead);

public sealed class PackageWorkshop(
    PackageFacts facts,
    PackageKeys keys,
    CustodyBook book,
    IBlobStore blobs,
    ExportFolders folders,
    IConfiguration configuration,
    TimeProvider clock
)
{
    /// <summary>Runs in the transaction that holds the lock on the case; adds the package's own custody line to it.</summary>
    /// <exception cref="PackageFaultException">Something is not as it must be; the caller ends the export.</exception>
    public async Task<MadePackage> MakeAsync(
        Export export,
        Case about,
        IReadOnlyList<ExportApproval> approvals,
        byte[] disclosureBytes,
        CancellationToken ct
    )
    {
        var vault = keys.ReadVaultKey();
        if (!Disclosure.Verify(disclosureBytes, vault).Holds(out var disclosure, out var refusal))
            throw new PackageFaultException(refusal.Code);
        if (!disclosure.VerifyContents().Holds(out var verified, out refusal))
            throw new PackageFaultException(refusal.Code);
        var story = await facts.GatherAsync(export, about, approvals, disclosure, verified, ct);
        CompareWithPlan(story);

        var staging = folders.MakeStaging(export.Id);
        var bag = new BagWriter(MakeBagFolder(staging, story));
        var evidence = await AddEvidenceAsync(bag, story, disclosureBytes, ct);
        var line = await AppendExportedAsync(story, evidence, ct);
        AddTexts(bag, story, evidence, line);
        using var signer = keys.ReadSigner();
        bag.Seal(Labels(story, line), signer, line.At);

        var folder = Path.Combine(staging, story.Package);
        var group = Path.Combine(staging, export.GroupName(about.Reference));
        DiskFlush.PrivateFolder(group);
        var archive = Path.Combine(group, $"{story.Package}.tar");
        BagArchive.Pack(folder, archive);
        CheckResult(archive, Path.Combine(staging, "check"), vault);
        await using var made = File.OpenRead(archive);
        return new MadePackage(made.Length, Convert.ToHexStringLower(await SHA256.HashDataAsync(made, ct)), line.Link);
    }

    public void Publish(Export export, Case about)
    {
        var group = export.GroupName(about.Reference);
        folders.Publish(Path.Combine(folders.Staging(export.Id), group), group);
    }

    /// <summary>Removes what making the package has left behind.</summary>
    public void Tidy(Export export) => ExportFolders.Drop(folders.Staging(export.Id));

    // CP-21: what is about to be written is what two people approved, or nothing is written.
    private static void CompareWithPlan(PackageStory story)
    {
        var same =
            story.Verified.Authentic.ContentId.AsSpan().SequenceEqual(story.Report.ContentId)
            && story.Disclosure.Recipient.AsSpan().SequenceEqual(story.Export.Recipient)
            && story.Verified.Descriptors.Select(d => (int)d.Index).SequenceEqual(story.Export.Segments)
            && story.Decisions.Count == story.Plan["decisions"]!.AsArray().Count;
        if (!same)
            throw new PackageFaultException("plan_differs");
    }

    private static string MakeBagFolder(string staging, PackageStory story)
    {
        var folder = Path.Combine(staging, story.Package);
        DiskFlush.PrivateFolder(folder);
        return folder;
    }

    // CP-35: every byte is read and hashed again; there is no way to leave a damaged segment out.
    private async Task<List<BagFile>> AddEvidenceAsync(
        BagWriter bag,
        PackageStory story,
        byte[] disclosure,
        CancellationToken ct
    )
    {
        List<BagFile> files = [bag.Add(BagPath.DisclosureOf(story.Exhibit), disclosure)];
        foreach (var descriptor in story.Verified.Descriptors)
        {
            var sealedBytes = await ReadAsync(descriptor.CiphertextHash, ct);
            if (SegmentVerifier.Verify(sealedBytes, descriptor) is not null)
                throw new PackageFaultException("integrity");
            files.Add(bag.Add(BagPath.CiphertextOf(story.Exhibit, descriptor.Index), sealedBytes));
        }
        return [.. files.OrderBy(f => f.Path, StringComparer.Ordinal)];
    }

    private async Task<byte[]> ReadAsync(byte[] hash, CancellationToken ct)
    {
        try
        {
            await using var blob = await blobs.OpenReadAsync(hash, ct);
            using var bytes = new MemoryStream();
            await blob.CopyToAsync(bytes, ct);
            return bytes.ToArray();
        }
        catch (BlobMissingException)
        {
            throw new PackageFaultException("integrity");
        }
    }

    private Task<CustodyLine> AppendExportedAsync(PackageStory story, List<BagFile> evidence, CancellationToken ct) =>
        book.AppendAsync(
            story.Case.Id,
            new CustodyAct
            {
                Entry = NameUuid.Of(story.Case.Id.Value, $"{story.Export.Id}|exported"),
                At = clock.GetUtcNow(),
                Action = "exported",
                Actor = story.Requester,
                ActorRole = "liaison",
                Authority = $"legal:{story.Export.ProcessId}",
                Reason = "legal_disclosure",
                Evidence = [.. evidence.Select(f => new CustodyItem(story.Exhibit, f.Path, f.Sha256))],
                From = "store",
                To = "authority",
                Method = "sealed segments with keys sealed to the authority",
                Grant = $"grant:{Convert.ToHexStringLower(GrantTerms.Parse(story.Export.GrantTerms)!.GrantId)}",
                Tool = PackageTexts.Tool,
            },
            ct
        );

    private static void AddTexts(BagWriter bag, PackageStory story, List<BagFile> evidence, CustodyLine exported)
    {
        var texts = new PackageTexts(story, evidence, exported);
        bag.Add(BagPath.ProofOf(story.Exhibit), Jcs.WriteFile(texts.Proof()));
        if (story.Account is { } account)
            bag.Add("data/accounts/A0001.json", Jcs.WriteFile(PackageTexts.Account(account)));
        for (var i = 0; i < story.Decisions.Count; i++)
            bag.Add($"data/decisions/D{i + 1:D4}.json", Jcs.WriteFile(texts.Decision(i)));
        bag.Add(BagPath.Custody, Encoding.UTF8.GetBytes(string.Concat(texts.CustodyLines().Select(l => l + "\n"))));
        bag.Add(BagPath.Process, Jcs.WriteFile(texts.Process()));
        bag.Add(BagPath.Verification, Jcs.WriteFile(texts.Verification()));
        bag.Add(BagPath.Release, Jcs.WriteFile(texts.Release()));
        bag.Add(BagPath.Case, Jcs.WriteFile(texts.Case()));
        bag.Add(BagPath.Disclosure, Jcs.WriteFile(texts.Disclosure([.. bag.Payload.Select(f => f.Path)])));
        bag.Add(BagPath.Readme, Encoding.UTF8.GetBytes(texts.Readme()));
    }

    private Dictionary<string, string> Labels(PackageStory story, CustodyLine exported)
    {
        var labels = new Dictionary<string, string>
        {
            ["Bag-Count"] = "1 of 1",
            ["Bag-Group-Identifier"] = story.Export.GroupName(story.Case.Reference),
            ["Bagging-Date"] = exported.At.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            ["Custody-Entries"] = exported.Seq.ToString(CultureInfo.InvariantCulture),
            ["Custody-Head-SHA256"] = exported.Link,
            ["External-Identifier"] = $"urn:uuid:{NameUuid.Of(story.Export.Id.Value, story.Package)}",
            ["Internal-Sender-Identifier"] = story.Case.Reference,
            ["Legal-Process-Id"] = story.Export.ProcessId,
            ["Package-Format"] = "case-package/1",
            ["Redaction-Level"] = "none",
            // Neither value of CP-9 is true: there is no token, and nobody waived one in an emergency (docs/decisions/0031).
            ["Timestamp-Status"] = "absent",
        };
        AddWhenSet(labels, "BagIt-Profile-Identifier", "Legal:BagItProfile");
        AddWhenSet(labels, "Contact-Email", "Legal:ContactEmail");
        AddWhenSet(labels, "Source-Organization", "Legal:Operator");
        return labels;
    }

    private void AddWhenSet(Dictionary<string, string> labels, string label, string key)
    {
        if (configuration[key] is { Length: > 0 } value)
            labels[label] = value;
    }

    // CP-33: as its receiver does, from the archive and from nothing else.
    private void CheckResult(string archive, string into, CoseKey vault)
    {
        DiskFlush.PrivateFolder(into);
        var (folder, problem) = BagArchive.Unpack(archive, into);
        if (folder is null)
            throw new PackageFaultException($"archive: {problem}");
        var checks = PackageVerifier.Verify(folder, keys.ReadAuthorities(), vault);
        if (checks.FirstOrDefault(c => c.Result == CasePackage.CheckResult.Fail) is { } failed)
            throw new PackageFaultException($"verification: {failed.Name}");
        ExportFolders.Drop(into);
    }
}
