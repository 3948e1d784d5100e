#!/usr/bin/env bash
# Makes the synthetic media of `moderation fake-meeting`: CMAF headers and one-GOP fragments, from test patterns and a tone.
#
# No camera, no person, no third party's picture: ffmpeg's own sources only. 8 s each, as four fragments of 2 s:
#
#   video-*  testsrc2, 640x360, 15 frames/s, VP9  (the burnt-in clock and frame number tell which picture is on screen)
#   other-*  testsrc,  320x180, 15 frames/s, VP9  (a second participant, told apart at a glance: big seconds digit)
#   audio-*  440 Hz tone that beeps once a second, 48 kHz, Opus mono
#
# NAME-header.mp4 is `ftyp moov` with one track, NAME-<k>.m4s is `moof mdat` and begins at a key frame. Header followed by any
# one fragment plays alone (evidence-bundle.md 6.3). `tfdt` counts from 0 here; whoever builds a segment rewrites it to ticks
# since the meeting epoch (90,000 a second for video, 48,000 for audio; fragment k starts at k times 2 s).
#
# Needs ffmpeg (libvpx, libopus) and node. The same ffmpeg gives the same bytes; another version may give others that do the same.
set -euo pipefail
cd "$(dirname "$0")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# bitexact and one thread: no version strings, no dates, no scheduling in the bytes. No edit list: a cut at its start would
# move every fragment by the encoder's delay. skip_sidx/skip_trailer: nothing but ftyp moov moof mdat.
quiet=(-hide_banner -loglevel error -y)
common=(-fflags +bitexact -flags:v +bitexact -flags:a +bitexact -threads 1 -map_metadata -1)
mp4=(-f mp4 -use_editlist 0)
cmaf="+cmaf+empty_moov+default_base_moof+skip_sidx+skip_trailer"

picture() { # name, source, bitrate
  ffmpeg "${quiet[@]}" -f lavfi -i "$2:rate=15:duration=8" -an -pix_fmt yuv420p \
    -c:v libvpx-vp9 -threads 1 -row-mt 0 -deadline good -cpu-used 2 -lag-in-frames 0 -auto-alt-ref 0 -b:v "$3" \
    -g 30 -keyint_min 30 -force_key_frames 'expr:gte(t,n_forced*2)' \
    "${common[@]}" "${mp4[@]}" -video_track_timescale 90000 -movflags "$cmaf+frag_keyframe" "$work/$1.mp4"
}

picture video testsrc2=size=640x360 150k
picture other testsrc=size=320x180 40k
ffmpeg "${quiet[@]}" -f lavfi -i "sine=frequency=440:beep_factor=2:sample_rate=48000:duration=8" -vn -ac 1 \
  -c:a libopus -b:a 24k -vbr on -application audio -frame_duration 20 -frames:a 400 \
  "${common[@]}" "${mp4[@]}" -frag_duration 2000000 -movflags "$cmaf" "$work/audio.mp4"

rm -f ./*-header.mp4 ./*.m4s
node - "$work" <<'JS'
// Cuts each fragmented file before every moof and checks the order of the boxes.
const fs = require('node:fs');
const work = process.argv[2];
for (const name of ['video', 'other', 'audio']) {
  const file = fs.readFileSync(`${work}/${name}.mp4`);
  const parts = [[]];
  for (let at = 0; at < file.length; ) {
    const size = file.readUInt32BE(at);
    const type = file.toString('latin1', at + 4, at + 8);
    if (!['ftyp', 'moov', 'moof', 'mdat'].includes(type)) throw new Error(`${name}: unexpected box ${type}`);
    if (type === 'moof') parts.push([]);
    parts.at(-1).push(file.subarray(at, at + size));
    at += size;
  }
  if (parts.length !== 5) throw new Error(`${name}: ${parts.length - 1} fragments instead of 4`);
  parts.forEach((boxes, k) =>
    fs.writeFileSync(k === 0 ? `${name}-header.mp4` : `${name}-${k - 1}.m4s`, Buffer.concat(boxes)));
}
JS
ls -l -- *.mp4 *.m4s
