// `moderation bundle inspect|verify|open`: what a bundle says, whether it is true, and what is in it; all offline.
using System.CommandLine;
using System.Security.Cryptography;
using Moderation.Evidence;
using Moderation.Evidence.Opening;

namespace Moderation.Cli.Verbs;

public static class BundleVerbs
{
    public static Command Make() =>
        new("bundle", "Look into evidence bundles, offline.") { MakeInspect(), MakeVerify(), MakeOpen() };

    private static Command MakeInspect()
    {
        var file = new Argument<string>("file") { Description = "an .evb file" };
        var command = new Command(
            "inspect",
            """
            Show what a bundle says of itself. No key is needed, and nothing is proven.

            Example: moderation bundle inspect report.evb
            """
        )
        {
            file,
        };
        command.SetAction((parsed, ct) => AnswerAsync(parsed, () => InspectAsync(parsed.GetValue(file)!, ct)));
        return command;
    }

    private static Command MakeVerify()
    {
        var file = new Argument<string>("file") { Description = "an .evb file" };
        var keys = new Option<string>("--keys")
        {
            Description = "the verification state, JSON of Annex A; public keys are enough",
            Required = true,
        };
        var command = new Command(
            "verify",
            """
            Verify a whole bundle: signature, freshness, table, receipts, every segment. Exit code 6 when it is refused.

            Example: moderation bundle verify report.evb --keys keys.json
            """
        )
        {
            file,
            keys,
        };
        command.SetAction(
            (parsed, ct) => AnswerAsync(parsed, () => VerifyAsync(parsed.GetValue(file)!, parsed.GetValue(keys)!, ct))
        );
        return command;
    }

    private static Command MakeOpen()
    {
        var file = new Argument<string>("file") { Description = "an .evb file" };
        var keys = new Option<string>("--keys")
        {
            Description = "the verification state, JSON of Annex A, with the private keys of both recipients",
            Required = true,
        };
        var folder = new Option<string>("--out")
        {
            Description = "the folder for segment-<index>.bin; made when it is not there",
            Required = true,
        };
        var command = new Command(
            "open",
            """
            Verify a bundle, then decrypt every segment with the private keys of both recipients. All or nothing.

            Example: moderation bundle open report.evb --keys keys.json --out opened
            """
        )
        {
            file,
            keys,
            folder,
        };
        command.SetAction(
            (parsed, ct) =>
                AnswerAsync(
                    parsed,
                    () => OpenAsync(parsed.GetValue(file)!, parsed.GetValue(keys)!, parsed.GetValue(folder)!, ct)
                )
        );
        return command;
    }

    public static async Task<BundleAnswer> InspectAsync(string path, CancellationToken ct)
    {
        using var file = await BundleFile.OpenAsync(path, ct);
        if (!BundleInspection.Read(file.Head).Holds(out var inspection, out var refusal))
            return BundleAnswer.Refused(refusal);
        var said = (long)inspection.Claimed.Manifest.TotalCiphertext + inspection.Head.Bytes.Length;
        if (file.Length != said)
            return BundleAnswer.Refused(
                file.Length < said
                    ? new EvidenceRefusal(EvidenceCodes.Truncated, $"{said - file.Length} bytes are missing.")
                    : new EvidenceRefusal(EvidenceCodes.TrailingBytes, $"{file.Length - said} bytes too many.")
            );
        return new BundleAnswer(
            InspectionText.JsonOf(inspection),
            () => InspectionText.Write(Console.Out, Path.GetFileName(path), inspection)
        );
    }

    public static async Task<BundleAnswer> VerifyAsync(string path, string keysPath, CancellationToken ct)
    {
        var keys = BundleFile.ReadKeys(keysPath);
        using var file = await BundleFile.OpenAsync(path, ct);
        return (await VerifyAsync(file, keys, ct)).Holds(out var head, out var refusal)
            ? new BundleAnswer(
                Described(head),
                () =>
                    Console.Out.WriteLine(
                        $"ok       {Summary(head)}\n         every signature and every segment verified"
                    )
            )
            : BundleAnswer.Refused(refusal);
    }

    public static async Task<BundleAnswer> OpenAsync(string path, string keysPath, string folder, CancellationToken ct)
    {
        var keys = BundleFile.ReadKeys(keysPath);
        var pairs = PrivateKeysOf(keys, keysPath);
        try
        {
            using var file = await BundleFile.OpenAsync(path, ct);
            if (!(await VerifyAsync(file, keys, ct)).Holds(out var head, out var refusal))
                return BundleAnswer.Refused(refusal);
            if (!BundleOpener.OpenContentKey(head.Authentic, pairs).Holds(out var cek, out refusal))
                return BundleAnswer.Refused(refusal);
            try
            {
                return await OpenSegmentsAsync(file, head, cek, folder, ct);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(cek);
            }
        }
        finally
        {
            pairs.ForEach(pair => pair.Dispose());
        }
    }

    private static async Task<BundleAnswer> OpenSegmentsAsync(
        BundleFile file,
        VerifiedHead head,
        byte[] cek,
        string path,
        CancellationToken ct
    )
    {
        var descriptors = head.Structure.Descriptors;
        using var folder = SegmentFolder.Prepare(path, descriptors.Count);
        var grades = new List<string>();
        var hashes = new List<string>();
        file.Rewind();
        for (var i = 0; i < descriptors.Count; i++)
        {
            if (!(await file.ReadSegmentAsync(descriptors[i], ct)).Holds(out var ciphertext, out var refusal))
                return BundleAnswer.Refused(refusal);
            var opened = BundleOpener.OpenSegment(cek, head.Authentic, head.Structure, i, ciphertext);
            if (!opened.Holds(out var segment, out refusal))
                return BundleAnswer.Refused(refusal);
            hashes.Add(Convert.ToHexStringLower(SHA256.HashData(segment.Plaintext)));
            grades.Add(segment.Grade.ToString());
            folder.Write(i, segment.Media);
        }
        folder.Publish();
        var json = Described(head);
        json["grades"] = grades;
        json["plaintext_sha256"] = hashes;
        var attested = grades.Count(grade => grade == nameof(AttributionGrade.G1));
        return new BundleAnswer(
            json,
            () =>
                Console.Out.WriteLine(
                    $"ok       {Summary(head)}\n         opened into {path}: {attested} attested by the relay (G1), {grades.Count - attested} asserted by the reporting host (G0)"
                )
        );
    }

    private static async Task<Verdict<VerifiedHead>> VerifyAsync(
        BundleFile file,
        AnnexAState keys,
        CancellationToken ct
    )
    {
        if (!keys.VerifyHead(file.Head).Holds(out var head, out var refusal))
            return refusal;
        return await file.VerifySegmentsAsync(head, ct) is { } bad ? bad : head;
    }

    private static List<KemKeyPair> PrivateKeysOf(AnnexAState keys, string path)
    {
        var pairs = new List<KemKeyPair>();
        for (var i = 0; i < keys.Recipients.Count; i++)
        {
            var recipient = keys.Recipients[i];
            if (recipient.PrivateKey is null)
                continue;
            try
            {
                var pair = KemKeyPair.Import(recipient.Kem, recipient.PrivateKey);
                pairs.Add(pair);
                if (pair.PublicKey.SequenceEqual(recipient.PublicKey))
                    continue;
            }
            catch (ArgumentException)
            {
                // Told below, with the place.
            }
            pairs.ForEach(pair => pair.Dispose());
            throw new VerbException(
                ExitCode.Usage,
                $"{path} is no keys file: recipients[{i}].private: is not that of the public key"
            )
            {
                Code = "cli.keys-malformed",
            };
        }
        return pairs;
    }

    // The members and their order are those of Annex A.
    private static Dictionary<string, object> Described(VerifiedHead head) =>
        new()
        {
            ["ok"] = true,
            ["content_id"] = Convert.ToHexStringLower(head.Authentic.ContentId),
            ["root"] = Convert.ToHexStringLower(head.Authentic.Manifest.Root),
            ["segments"] = head.Structure.Descriptors.Count,
        };

    private static string Summary(VerifiedHead head) =>
        $"{Convert.ToHexStringLower(head.Authentic.ContentId)}, {head.Structure.Descriptors.Count} segments, {head.Structure.Receipts.Count} relay receipts";

    // Under -o json the last line of stdout is one object, whatever happens (docs/decisions/0040).
    private static async Task<int> AnswerAsync(ParseResult parsed, Func<Task<BundleAnswer>> verb)
    {
        BundleAnswer answer;
        try
        {
            answer = await verb();
        }
        catch (VerbException e) when (parsed.WantsJson())
        {
            Shared.Talk($"error: {e.Message}");
            Shared.Data(new { ok = false, code = e.Code });
            return e.ExitCode;
        }
        catch (OperationCanceledException) when (parsed.WantsJson())
        {
            Shared.Data(new { ok = false, code = "cli.interrupted" });
            return ExitCode.Interrupted;
        }
        if (parsed.WantsJson())
            Shared.Data(answer.Json);
        else
            answer.Tell();
        return answer.Refusal is null ? ExitCode.Ok : ExitCode.VerificationFailed;
    }
}

/// <summary>How one run of a bundle verb ends: an object for machines, words for people.</summary>
public sealed record BundleAnswer(object Json, Action Tell)
{
    public EvidenceRefusal? Refusal { get; private init; }

    public static BundleAnswer Refused(EvidenceRefusal refusal) =>
        new(
            new { ok = false, code = refusal.Code },
            () =>
            {
                Console.Out.WriteLine($"refused  {refusal.Code}");
                Console.Out.WriteLine($"         {RefusalWords.Of(refusal.Code)}");
                if (refusal.Detail is not null)
                    Console.Out.WriteLine($"         {refusal.Detail}");
            }
        )
        {
            Refusal = refusal,
        };
}
