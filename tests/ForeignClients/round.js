// Samples two anchors and judges them, as a round does, with @grpc/grpc-js and protos read at run time.
// Usage: node round.js CHECKOUT GENERATION SCORING FOLDER      (addresses as host:port; the pictures are left in FOLDER)
const fs = require('fs');
const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [checkout, generationAddress, scoringAddress, folder] = process.argv.slice(2);
const options = { keepCase: true, longs: Number, enums: String, defaults: true, oneofs: true, includeDirs: [path.join(checkout, 'protos'), path.join(checkout, 'third_party/protos')] };
const { gal } = grpc.loadPackageDefinition(loader.loadSync(['gal/v1/generation.proto', 'gal/v1/scoring.proto'], options));
const credentials = grpc.credentials.createInsecure();
const generation = new gal.v1.GenerationService(generationAddress, credentials);
const scoring = new gal.v1.ScoringService(scoringAddress, credentials);

const anchors = ['A koala in watercolor painting style', 'A drum in watercolor painting style'];
const imagesPerAnchor = 2;

function sample() {
  const images = anchors.flatMap((prompt, i) => Array.from({ length: imagesPerAnchor }, (_, j) => ({ prompt, seed: i * imagesPerAnchor + j })));
  return new Promise((resolve, reject) => {
    const pictures = [];
    generation.generateImages({ images, settings: { inference_step_count: 2 } })
      .on('data', response => { if (response.event === 'image') { pictures[response.image.index] = response.image.image.data; } })
      .on('error', reject)
      .on('end', () => resolve(pictures));
  });
}

function judge(pictures) {
  const directions = anchors.map((prompt, i) => ({
    prompt,
    images: { images: { images: pictures.slice(i * imagesPerAnchor, (i + 1) * imagesPerAnchor).map(data => ({ data })) } },
  }));
  return new Promise((resolve, reject) => scoring.evaluateDirections({ directions, non_soi_texts: ['cat'] }, (error, response) => (error ? reject(error) : resolve(response))));
}

function refuse() {
  return new Promise((resolve, reject) => scoring.embedTexts({ texts: [] }, error => (error && error.code === grpc.status.INVALID_ARGUMENT ? resolve(error.details) : reject(error))));
}

async function main() {
  const pictures = await sample();
  pictures.forEach((data, i) => fs.writeFileSync(path.join(folder, `picture-${i}.png`), data));
  const judged = await judge(pictures);
  if (judged.directions.length !== anchors.length || judged.directions.some(d => d.overfit_flags.length !== imagesPerAnchor)) {
    throw new Error(`Unexpected judgement: ${JSON.stringify(judged)}`);
  }
  console.log(`node: ${pictures.length} pictures, overfit counts ${judged.directions.map(d => d.overfit_count)}, openness ${judged.openness}; refused: ${await refuse()}`);
  generation.close();
  scoring.close();
}

main().catch(error => {
  console.error(error);
  process.exit(1);
});
