// Reads BPMN from standard input as other people's tools do; says what it found, or what is wrong with it, as JSON.
import { readFileSync } from "node:fs";
import { BpmnModdle } from "bpmn-moddle";

const { rootElement, warnings } = await new BpmnModdle().fromXML(readFileSync(0, "utf-8"));
const process_ = rootElement.rootElements.find((one) => one.$type === "bpmn:Process");
const lanes = process_.laneSets?.[0]?.lanes ?? [];
const shapes = rootElement.diagrams[0].plane.planeElement;
console.log(JSON.stringify({
  warnings: warnings.map((one) => one.message),
  name: process_.name,
  lanes: Object.fromEntries(lanes.map((lane) => [lane.name, lane.flowNodeRef.map((node) => node.id)])),
  nodes: process_.flowElements.filter((one) => one.$type !== "bpmn:SequenceFlow").map((one) => [one.$type, one.name ?? ""]),
  flows: process_.flowElements.filter((one) => one.$type === "bpmn:SequenceFlow").map((one) => [one.sourceRef.id, one.targetRef.id]),
  drawn: shapes.map((one) => one.bpmnElement.id),
}));
